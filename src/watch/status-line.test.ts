import assert from "node:assert/strict";
import { test } from "node:test";
import { testWorld } from "../base/testing.ts";
import { Rate } from "./rate.ts";
import { fit, type Screen, showPath } from "./screen.ts";
import { everyTick, paintInterval, StatusLine } from "./status-line.ts";

function screen(isTTY: boolean, columns = 40): Screen & { text: string } {
  return {
    text: "",
    isTTY,
    columns,
    write(text) {
      this.text += text;
    },
  };
}

test("a pipe gets lasting lines only, without any control character", () => {
  const pipe = screen(false);
  const line = new StatusLine(pipe);
  line.paint("12 %");
  line.print("done");
  line.clear();
  assert.equal(pipe.text, "done\n");
  // A clock ticks there only when RESTIC_PROGRESS_FPS is set.
  line.tick("34 %");
  line.tick("34 %");
  line.tick("56 %");
  assert.equal(pipe.text, "done\n34 %\n56 %\n");
});

test("a terminal's live line is cut to the width, kept below lasting lines and cleared", () => {
  const tty = screen(true, 20);
  const line = new StatusLine(tty);
  line.paint("x".repeat(100));
  assert.equal(tty.text, `\r${"x".repeat(19)}\u001b[K`);
  tty.text = "";
  line.print("note");
  assert.equal(tty.text, `\r\u001b[Knote\n\r${"x".repeat(19)}\u001b[K`);
  line.clear();
  tty.text = "";
  line.clear();
  assert.equal(tty.text, "");
});

test("names cannot play with the terminal", () => {
  assert.equal(showPath("plain/é 😀 <&>"), "plain/é 😀 <&>");
  assert.equal(showPath('a"b\\c'), 'a"b\\c');
  assert.equal(showPath("\u001b[2Jx\n\u202e"), '"\\x1b[2Jx\\n\\u{202e}"');
  assert.equal(showPath(Uint8Array.of(0x61, 0xff)), '"a\\ufffd"');
});

test("fit counts wide characters twice and never splits one", () => {
  assert.equal(fit("abc", 3), "abc");
  assert.equal(fit("abc", 2), "ab");
  assert.equal(fit("a😀b", 2), "a");
  assert.equal(fit("a😀b", 3), "a😀");
});

test("RESTIC_PROGRESS_FPS, terminals, JSON and --quiet decide the cadence", () => {
  const pipe = { isTTY: false, json: false, quiet: false };
  assert.equal(paintInterval({}, pipe), undefined);
  assert.equal(paintInterval({}, { ...pipe, isTTY: true }), 100);
  assert.equal(paintInterval({}, { ...pipe, json: true }), 100);
  assert.equal(paintInterval({ RESTIC_PROGRESS_FPS: "0.5" }, pipe), 2000);
  assert.equal(paintInterval({ RESTIC_PROGRESS_FPS: "1000" }, pipe), 1000 / 60);
  assert.equal(paintInterval({ RESTIC_PROGRESS_FPS: "x" }, pipe), undefined);
  assert.equal(paintInterval({ RESTIC_PROGRESS_FPS: "1" }, { ...pipe, quiet: true }), undefined);
});

test("ticks follow the clock and stop when told", async () => {
  const { clock } = testWorld();
  let ticks = 0;
  const stop = everyTick(clock, 100, () => void ticks++);
  await clock.advance(350);
  assert.equal(ticks, 3);
  stop();
  await clock.advance(1000);
  assert.equal(ticks, 3);
});

test("a rate is that of the last seconds", () => {
  const rate = new Rate(0);
  assert.equal(rate.perSecond(10), 0);
  for (let t = 0; t < 10_000; t += 100) rate.add(100, t);
  assert.equal(rate.perSecond(10_000), 1000);
  for (let t = 10_000; t < 60_000; t += 100) rate.add(500, t);
  assert.ok(Math.abs(rate.perSecond(60_000) - 5000) < 200);
  assert.equal(rate.perSecond(120_000), 0);
});
