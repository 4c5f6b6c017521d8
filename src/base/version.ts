/** Written into snapshots as `firn <version>`; kept equal to package.json's by a test. */
export const PROGRAM_VERSION = "0.1.0";
export const PROGRAM_NAME = `firn ${PROGRAM_VERSION}`;
