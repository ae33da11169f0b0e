// A run taken away and brought back: links, files, what this browser keeps.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { axe, whenStarted } from "./lib/browser.mjs";
import { cluster, doTo, events, openLab, untilLeader, untilText } from "./lib/lab.mjs";

/** A run with a crash in it, paused. */
async function disturbed(options) {
  const opened = await openLab(options);
  const leader = await untilLeader(opened.page);
  await doTo(opened.page, leader, "Crash");
  await untilLeader(opened.page, leader);
  await opened.page.getByRole("button", { name: "Pause" }).click();
  return opened;
}

async function linkOf(page) {
  await page.getByRole("button", { name: "Share" }).click();
  const link = await page.locator("#share-link").inputValue();
  return link;
}

async function take(page, what) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator(`#take-${what}`).click(),
  ]);
  return readFile(await download.path());
}

test("a link opens in another profile, at the same moment of the same run", async () => {
  const first = await disturbed();
  const link = await linkOf(first.page);
  assert.ok(link.length < 400, `${link.length} characters`);
  await first.page.locator("#share-qr path").waitFor();
  assert.deepEqual(await axe(first.page), []);
  const trace = await take(first.page, "ndjson");
  const second = await openLab({ at: `#${link.split("#")[1]}`, speed: "1/20" });
  await second.page.waitForFunction(
    (n) => document.getElementById("events").textContent.replace(/\D/g, "") === n,
    String(await events(first.page)),
  );
  assert.deepEqual(await cluster(second.page), await cluster(first.page));
  assert.equal(await second.page.evaluate(() => location.hash), "");
  await linkOf(second.page);
  assert.ok(trace.equals(await take(second.page, "ndjson")), "the traces differ");
  await first.close();
  await second.close();
});

test("a damaged link gives a sentence and the ordinary lab", async () => {
  const good = await disturbed();
  const link = (await linkOf(good.page)).split("#")[1];
  await good.close();
  const check = async (hash, expect) => {
    const { page, close } = await openLab({ at: `#${hash}`, speed: "1/20" });
    await untilText(page.locator("#notice"), expect);
    await untilLeader(page);
    await close();
  };
  await check(link.slice(0, -9), /The link is damaged/);
  await check("run=", /nothing behind its address/);
  await check("run=%3Cscript%3E", /a character that no link of Synod has/);
  await check(`run=${"A".repeat(70_000)}`, /longer than/);
});

test("everything that is taken away opens in what it is made for", async () => {
  const { page, close } = await disturbed();
  await linkOf(page);
  const text = async (what) => (await take(page, what)).toString("utf8");
  assert.match(await text("toml"), /protocol = "raft"/);
  for (const what of ["picture", "spacetime"]) {
    const svg = await text(what);
    const wrong = await page.evaluate((svg) => {
      const read = new DOMParser().parseFromString(svg, "image/svg+xml");
      return read.querySelector("parsererror")?.textContent ?? "";
    }, svg);
    assert.equal(wrong, "");
  }
  const png = await take(page, "png");
  assert.deepEqual([...png.subarray(1, 4)], [..."PNG"].map((c) => c.charCodeAt(0)));
  assert.equal(png.readUInt32BE(16), 1_920, "its width");
  const trace = (await text("ndjson")).trimEnd().split("\n");
  assert.equal(JSON.parse(trace[0]).synod_trace, 1);
  assert.equal(trace.length, (await events(page)) + 1);
  assert.match(await text("shiviz"), /^.+\nS1 \{"S1":1\}\n/);
  const mermaid = await text("mermaid");
  const script = createRequire(import.meta.url).resolve("mermaid/dist/mermaid.min.js");
  const blank = await page.context().newPage();
  await blank.addScriptTag({ path: script });
  const kind = await blank.evaluate(async (text) => {
    const parsed = await globalThis.mermaid.parse(text);
    return parsed.diagramType;
  }, mermaid);
  assert.equal(kind, "sequence");
  await close();
});

async function drop(page, name, text) {
  await page.evaluate(
    ([name, text]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name));
      const event = new DragEvent("drop", { dataTransfer: transfer, cancelable: true });
      globalThis.dispatchEvent(event);
    },
    [name, text],
  );
}

test("a scenario file is opened where it is dropped, and a wrong one says what is wrong", async () => {
  const { page, close } = await openLab();
  await untilLeader(page);
  await page.getByRole("button", { name: "Pause" }).click();
  const before = [await events(page), await cluster(page)];
  await drop(page, "wrong.toml", 'protocol = "raft"\nnodes = 0\nsed = 1\n');
  const errors = page.locator("#file-errors li");
  await errors.first().waitFor();
  const said = await errors.allInnerTexts();
  assert.equal(said.length, 2);
  assert.match(said[0], /^2:9: .*whole number from 1 to 100[^]*nodes = 0$/);
  assert.match(said[1], /^3:1: .*no key `sed`[^]*sed = 1$/);
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press("Escape");
  assert.deepEqual([await events(page), await cluster(page)], before);
  await drop(page, "large.toml", "#".repeat(1_100_000));
  await untilText(page.locator("#file-errors"), /larger than a mebibyte/);
  await page.keyboard.press("Escape");
  await drop(page, "mine.toml", 'protocol = "raft"\nnodes = 3\nseed = 4\n');
  await untilText(page.locator("#notice"), /mine\.toml is open/);
  assert.equal((await cluster(page)).length, 3);
  await close();
});

test("a run and its branches survive a reload, and are forgotten when the reader says so", async () => {
  const { page, close } = await disturbed();
  await page.keyboard.press("f");
  await untilText(page.locator("#past"), /the past/);
  await page.keyboard.press("ArrowLeft");
  await doTo(page, "S3", "Pause");
  await untilText(page.locator("#notice"), /new branch begins here/);
  const before = [await events(page), await cluster(page)];
  await page.reload();
  await whenStarted(page);
  await untilText(page.locator("#notice"), /Your last run is back/);
  await page.waitForFunction(
    (n) => document.getElementById("events").textContent.replace(/\D/g, "") === n,
    String(before[0]),
  );
  assert.deepEqual([await events(page), await cluster(page)], before);
  assert.equal(await page.locator("#branch option").count(), 2);
  await page.getByRole("button", { name: "Share" }).click();
  await page.locator("#share-forget").click();
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => localStorage.getItem("synod-run")), null);
  await close();
});
