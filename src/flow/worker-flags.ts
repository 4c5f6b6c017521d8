/** For every worker thread: a thread announces experimental parts of Node anew, and the user can do nothing about it. */
export const WORKER_FLAGS: string[] = ["--disable-warning=ExperimentalWarning"];
