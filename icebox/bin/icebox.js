#!/usr/bin/env node
// Plain JavaScript on purpose: an old Node must be able to read the sentence that turns it away.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 26 || (major === 26 && minor < 9)) {
  process.stderr.write(`icebox needs Node 26.9 or newer and this is ${process.versions.node}; run it as \`npx icebox\` after \`npm ci\`\n`);
  process.exit(1);
}
const { main } = await import("../src/cli.ts");
await main(process.argv.slice(2));
