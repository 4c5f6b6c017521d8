#!/usr/bin/env node
// JavaScript on purpose: a Node that cannot run TypeScript must still get as far as the sentence that says so.

const wanted = [26, 9];
const [major, minor] = process.versions.node.split(".").map(Number);
const old = major < wanted[0] || (major === wanted[0] && minor < wanted[1]);

if (old) refuse();
else await start();

function refuse() {
  process.stderr.write(
    `firn needs Node ${wanted.join(".")} or newer and this is ${process.versions.node}; run it as \`npx firn\` after \`npm ci\`, which brings the right one\n`,
  );
  process.exit(1);
}

async function start() {
  silenceExperimentalWarnings();
  const { keepCompiledCode } = await import("./code-cache.js");
  keepCompiledCode();
  const { main } = await import("../src/cli/main.ts");
  await main();
}

/** node:ffi and node:sqlite announce themselves as experimental on every start; the user can do nothing about it. */
function silenceExperimentalWarnings() {
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === "string" ? rest[0] : rest[0]?.type;
    if (type !== "ExperimentalWarning") emit.call(process, warning, ...rest);
  };
}
