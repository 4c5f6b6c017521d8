import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { asId } from "../base/id.ts";
import { testWorld } from "../base/testing.ts";
import { jobAccount, type JournalRecord, openJournal } from "./journal.ts";
import { stateFolder } from "./state-folder.ts";

const pack = asId<"pack">("a".repeat(64));
const other = asId<"pack">("b".repeat(64));
const intent = (id: typeof pack, price: number): JournalRecord => ({
  kind: "intent",
  at: "",
  job: "j",
  action: "move",
  pack: id,
  from: "A",
  to: "B",
  price,
});
const settled = (id: typeof pack, outcome: "done" | "undone"): JournalRecord => ({
  kind: "settled",
  at: "",
  job: "j",
  action: "move",
  pack: id,
  outcome,
});

test("a line torn by a kill is passed over, and the next one is not glued to it", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "firn-journal-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const journal = openJournal(join(folder, "deep", "er"));
  assert.deepEqual(journal.records(), []);
  journal.append(intent(pack, 1));
  const file = join(folder, "deep", "er", "journal.jsonl");
  const whole = readFileSync(file, "utf8");
  for (let cut = 0; cut < whole.length; cut++) {
    writeFileSync(file, whole);
    appendFileSync(file, whole.slice(0, cut));
    journal.append(settled(pack, "done"));
    const records = journal.records();
    assert.equal(records.at(0)?.kind, "intent");
    assert.deepEqual(records.at(-1), settled(pack, "done"), `cut at ${cut}`);
  }
});

test("a journal that cannot be written stops before anything is paid", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "firn-journal-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "file"), "");
  assert.throws(() => openJournal(join(folder, "file", "x")).append(intent(pack, 1)), { code: "journal" });
});

test("a job has spent what is done and what was retried; open intents are neither", () => {
  const records: JournalRecord[] = [
    intent(pack, 1),
    settled(pack, "undone"),
    intent(pack, 1),
    { kind: "retry", at: "", job: "j", price: 0.25 },
    settled(pack, "done"),
    intent(other, 4),
    { ...intent(other, 8), job: "another" },
  ];
  const account = jobAccount(records, "j");
  assert.equal(account.spent, 1.25);
  assert.deepEqual(
    account.open.map((open) => open.price),
    [4],
  );
});

test("the state folder is the flag's, then the environment's, then the user's", () => {
  const env = { HOME: "/h", XDG_STATE_HOME: "/x", FIRN_STATE_DIR: "/f" };
  const folder = (known: Record<string, string>, flag?: string): string => stateFolder(testWorld({ env: known }), "id", flag);
  assert.equal(folder(env, "/flag"), "/flag/id");
  assert.equal(folder(env), "/f/id");
  assert.equal(folder({ HOME: "/h", XDG_STATE_HOME: "/x" }), "/x/firnline/id");
  assert.equal(folder({ HOME: "/h" }), "/h/.local/state/firnline/id");
  assert.throws(() => folder({}), { code: "no-state-folder" });
});
