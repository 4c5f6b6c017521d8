import assert from "node:assert/strict";
import { test } from "node:test";
import { FirnError } from "../../base/error.ts";
import { defaultConfig } from "./config.ts";
import { readConfig } from "./read-config.ts";
import { refuseUnanswerable } from "./recovery.ts";

const GOOD = `
repository: s3:s3.amazonaws.com/bucket
password-file: /etc/firn.pw
backup:
  paths: [/etc, /home]
  exclude: "*.tmp"
keep: { daily: 7, monthly: all, within: 2m }
recovery:
  - { current: true,                   within: instant }
  - { gone: 30d,                       within: instant }
  - { path: "/etc/**",   gone: 1y,     within: instant }
  - { gone: 1y,                        within: 5h }
  - { within: 48h }
series: { by: "host,paths", retire-after: never }
storage: { provider: aws-s3, region: us-east-1, options: { s3.region: us-east-1 } }
`;

test("the design's example is read", () => {
  const config = readConfig(GOOD, "firn.yaml");
  assert.equal(config.recovery.length, 5);
  assert.equal(config.recovery[3]!.within, 5 * 3_600_000);
  assert.deepEqual(config.series, { by: ["host", "paths"], retireAfter: undefined });
  assert.equal(config.keep!.monthly, -1);
  assert.deepEqual(config.backup.exclude, ["*.tmp"]);
  assert.equal(defaultConfig().recovery.length, 3);
});

function refused(text: string): FirnError {
  try {
    readConfig(text, "firn.yaml");
  } catch (error) {
    assert.ok(error instanceof FirnError, String(error));
    return error;
  }
  assert.fail("accepted");
}

const BAD: readonly (readonly [name: string, text: string, line: number, message: RegExp, hint: RegExp])[] = [
  ["unknown top key", "repository: x\nrecoverry: []\n", 2, /unknown key "recoverry"/, /did you mean "recovery"/],
  [
    "unknown rule key",
    "recovery:\n  - { within: 48h }\n  - { goneish: 3d, within: instant }\n",
    3,
    /unknown key "goneish"/,
    /known keys here: current, gone/,
  ],
  ["missing within", "recovery:\n  - within: 48h\n  - current: true\n", 3, /within is missing/, /within: 48h/],
  ["contradiction", "recovery:\n  - { current: true, gone: 3d, within: instant }\n", 2, /contradict/, /`gone` alone/],
  ["current false", "recovery:\n  - { current: false, within: 48h }\n", 2, /current: false/, /leave it out/],
  ["gone nothing", "recovery:\n  - { gone: 0d, within: 48h }\n", 2, /matches nothing/, /current: true/],
  ["bad gone", "recovery:\n\n  - { gone: 3w, within: 48h }\n", 3, /not a duration/, /y, m/],
  ["bad within", "recovery:\n  - { within: 5m }\n", 2, /not a waiting time/, /min, h or d/],
  ["bad pattern", 'recovery:\n  - { path: "[a", within: 5h }\n', 2, /pattern/, /./],
  ["bad size", "recovery:\n  - { size: 5m, within: 5h }\n", 2, /no comparison/, /<= 1m/],
  [
    "covered by a wider, faster rule",
    "recovery:\n  - { within: 48h }\n  - { gone: 1y, within: 5h }\n  - { path: /etc/ssh, gone: 30d, within: 12h }\n",
    4,
    /can never decide anything: the rule at line 3/,
    /shortest/,
  ],
  ["said twice", "recovery:\n  - { within: 48h }\n  - { within: 48h }\n", 3, /the rule at line 2 says the same/, /remove/],
  [
    "covered path",
    'recovery:\n  - { path: "/etc/**", within: instant }\n  - { path: /etc/ssh, within: 5h }\n  - { within: 48h }\n',
    3,
    /line 2/,
    /./,
  ],
  ["two passwords", "password-file: a\npassword-command: b\n", 1, /both give the password/, /one of them/],
  ["empty keep", "keep: {}\n", 1, /keep says nothing/, /daily: 30/],
  ["wrong type", "backup:\n  exclude-caches: maybe\n", 2, /true or false/, /./],
  ["bad series", "series: { by: machine }\n", 1, /"machine" is unknown/, /host, paths, tags/],
  ["bad yaml", "recovery:\n  - { within: 48h\n", 3, /./, /firn-yaml\.md/],
  ["no rules", "recovery: []\n", 1, /no rule/, /defaults/],
];

for (const [name, text, line, message, hint] of BAD) {
  test(`refused with its line: ${name}`, () => {
    const error = refused(text);
    assert.match(error.message, message);
    assert.match(error.message, new RegExp(`^firn.yaml:${line}: `));
    assert.match(error.hint ?? "", hint);
  });
}

test("rules that only look covered are kept", () => {
  for (const rules of [
    "- { gone: 1m, within: 5h }\n  - { gone: 30d, within: 12h }",
    "- { path: /etc, within: 5h }\n  - { path: '*.conf', within: 12h }",
    "- { size: '<= 1m', within: 5h }\n  - { size: '< 2m', within: 12h }",
    "- { host: a, within: 5h }\n  - { within: 12h }",
    "- { tag: [x, y], within: 5h }\n  - { tag: x, within: 12h }",
  ]) {
    assert.equal(readConfig(`recovery:\n  ${rules}\n`, "firn.yaml").recovery.length, 2, rules);
  }
});

test("a wait that no archive class can give is refused once the provider is known", () => {
  const config = readConfig("recovery:\n  - { within: 48h }\n  - { gone: 30d, within: 1h }\n", "firn.yaml");
  assert.throws(
    () => refuseUnanswerable(config.recovery, 5 * 3_600_000, "aws-s3", config.source),
    (error: FirnError) => /^firn.yaml:3: within: 1h/.test(error.message) && /instant.*5h/.test(error.hint ?? ""),
  );
});
