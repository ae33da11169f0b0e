// Time in the reader's hand: back and forth, branches, undo, the diagram, and why.

import assert from "node:assert/strict";
import { test } from "node:test";
import { axe } from "./lib/browser.mjs";
import {
  clock,
  cluster,
  doTo,
  events,
  openLab,
  untilEvent,
  untilLeader,
  untilText,
} from "./lib/lab.mjs";

/** Pauses once something was elected and committed. */
async function paused(options) {
  const opened = await openLab(options);
  await untilLeader(opened.page);
  await opened.page.waitForTimeout(300);
  await opened.page.getByRole("button", { name: "Pause" }).click();
  return opened;
}

/** Waits until so many events have happened at the moment that is shown. */
async function untilEvents(page, count) {
  const said = count.toLocaleString("en");
  await untilText(page.locator("#events"), new RegExp(`^${said} events?$`));
}

test("a step back and a step forward lead to the same moment", async () => {
  const { page, close } = await paused();
  const [count, servers] = [await events(page), await cluster(page)];
  for (let k = 0; k < 30; k++) await page.keyboard.press("ArrowLeft");
  await untilEvents(page, count - 30);
  await untilText(page.locator("#past"), /the past/);
  for (let k = 0; k < 30; k++) await page.keyboard.press("ArrowRight");
  await untilEvents(page, count);
  assert.deepEqual(await cluster(page), servers);
  assert.ok(await page.locator("#past").isHidden());
  await close();
});

test("the strip is scrubbed, and told to those who listen", async () => {
  const { page, close } = await paused();
  const [end, said] = [await clock(page), await page.locator("#time").innerText()];
  const box = await page.locator("#strip").boundingBox();
  await page.mouse.move(box.x + 40, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + 20, { steps: 6 });
  await page.mouse.up();
  const middle = await clock(page);
  assert.ok(Math.abs(middle - end / 2) < end * 0.1, `${middle} of ${end}`);
  const strip = page.getByRole("slider", { name: "Moment of the run" });
  assert.match(await strip.getAttribute("aria-valuetext"), /^event [\d,]+ of [\d,]+, at /);
  await strip.focus();
  await page.keyboard.press("Home");
  await untilEvents(page, 5);
  await page.keyboard.press("PageDown");
  await untilText(page.locator(".inspect-event"), /is elected leader/);
  await page.keyboard.press("End");
  await untilText(page.locator("#time"), new RegExp(said.replace(".", "\\.")));
  await close();
});

test("the clock leads to a time that is written", async () => {
  const { page, close } = await paused();
  await page.locator("#time").click();
  await page.locator("#go-to").fill("200ms");
  await page.keyboard.press("Enter");
  await untilText(page.locator("#time"), /^200\.0\sms$/);
  await page.locator("#time").click();
  await page.locator("#go-to").fill("soon");
  await page.keyboard.press("Enter");
  await untilText(page.locator("#notice"), /such as 340ms/);
  await close();
});

test("an action in the past starts a branch, and the old future stays", async () => {
  const { page, close } = await paused();
  const before = await events(page);
  await page.keyboard.press("e");
  const leader = await untilLeader(page);
  await doTo(page, leader, "Crash");
  await untilText(page.locator("#notice"), /new branch begins here/);
  await page.getByRole("button", { name: "Play" }).click();
  await untilLeader(page, leader);
  await page.getByRole("button", { name: "Pause" }).click();
  const branches = page.getByLabel("Branch");
  const options = await branches.locator("option").allTextContents();
  assert.equal(options.length, 2);
  assert.match(options[1], new RegExp(`${leader} crashes`));
  await page.getByRole("button", { name: "Compare" }).click();
  const differs = page.getByRole("region", { name: "Compare" });
  await untilText(differs, new RegExp(`${leader}\\s+state: crashed here, up there`));
  await page.getByRole("button", { name: "Compare" }).click();
  await branches.selectOption({ index: 0 });
  await untilText(page.locator("#past"), new RegExp(before.toLocaleString("en")));
  await page.locator("#strip").focus();
  await page.keyboard.press("End");
  await untilEvents(page, before);
  const servers = await cluster(page);
  assert.equal(servers.find((server) => server.name === leader).role, "leader");
  await close();
});

test("what was done is undone and done again with the usual keys", async () => {
  const { page, close } = await paused();
  const state = async () => [await events(page), await cluster(page)];
  const before = await state();
  await doTo(page, "S1", "Crash");
  await doTo(page, "S2", "Crash");
  const after = await state();
  assert.notDeepEqual(after, before);
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await untilEvents(page, before[0]);
  assert.deepEqual(await state(), before);
  assert.ok(await page.locator("#undo").isDisabled());
  await page.keyboard.press("Control+Shift+Z");
  await page.keyboard.press("Control+y");
  await untilEvents(page, after[0]);
  assert.deepEqual(await state(), after);
  assert.ok(await page.locator("#redo").isDisabled());
  await close();
});

test("an event says its rule, what else could have been, and what it depended on", async () => {
  const { page, close } = await paused();
  await page.keyboard.press("r");
  const card = page.locator(".inspect-event");
  const text = await card.innerText();
  assert.match(text, /§/);
  assert.match(await page.locator(".otherwise").first().innerText(), /would|Did|Had|Were/);
  const cause = page.locator(".event-link").first();
  await cause.click();
  const title = await page.locator("#event-title").innerText();
  const number = Number(title.replace(/,/g, "").match(/Event (\d+)/)[1]);
  await untilEvents(page, number);
  await close();
});

test("the space-time diagram lights what an event knows, and leads there", async () => {
  const { page, close } = await paused();
  await page.keyboard.press("t");
  await page.getByRole("region", { name: "Space–time" }).waitFor();
  await page.keyboard.press("e");
  await page.locator(".inspect-event").waitFor();
  const count = await events(page);
  const box = await page.locator("#spacetime").boundingBox();
  // The present moment stands at four fifths of the width while the diagram follows it.
  const [x, lanes] = [58 + (box.width - 66) * 0.8, 6];
  const row = Number((await untilLeader(page)).slice(1)) - 1;
  const y = 12 + ((box.height - 32) / lanes) * (row + 0.5);
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("button", { name: "Follow", exact: true }).click();
  await page.mouse.click(box.x + x + 2, box.y + y);
  assert.ok(Math.abs((await events(page)) - count) < 6);
  await page.locator(".inspect-event").waitFor();
  assert.deepEqual(await axe(page), []);
  await close();
});

test("a server answers why it does not lead, and why an entry is not committed", async () => {
  const { page, close } = await paused();
  const leader = await untilLeader(page);
  const follower = leader === "S1" ? "S2" : "S1";
  await page.getByRole("button", { name: `Look into ${follower}` }).first().click();
  await page.getByText(`Why does ${follower} not lead?`).click();
  await untilText(page.locator(".answers").first(), new RegExp(`it follows ${leader}, the leader`));
  await close();
});

test("by keyboard alone: the last election, a refused vote, a fork there, its link", async () => {
  const { page, close } = await openLab({
    speed: "10",
    prepare: (context) => context.grantPermissions(["clipboard-read", "clipboard-write"]),
  });
  const tabTo = async (id) => {
    for (let k = 0; k < 60; k++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((id) => document.activeElement?.id === id, id)) return;
    }
    assert.fail(`${id} is not reached by Tab`);
  };
  await tabTo("scenario");
  await page.keyboard.type("Split");
  await page.keyboard.press("Enter");
  await untilEvent(page, /refuses S\d its vote: in term/);
  await untilEvent(page, /is elected leader/);
  await tabTo("play");
  await page.keyboard.press("Space");
  await page.keyboard.press("e");
  await untilText(page.locator(".inspect-event"), /is elected leader/);
  // Back from there to the refused vote.
  let why = "";
  for (let k = 0; k < 12 && !/refuses S\d its vote/.test(why); k++) {
    await page.keyboard.press("r");
    why = await page.locator(".inspect-event").innerText();
  }
  assert.match(why, /refuses S\d its vote: in term \d+ it has voted for S\d/);
  assert.match(why, /Had S\d not voted yet/);
  await page.keyboard.press("1");
  await page.getByRole("menu", { name: "S1" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("menu", { name: "S1" }).waitFor({ state: "hidden" });
  await page.keyboard.press("c");
  await untilText(page.locator("#notice"), /new branch begins here/);
  await page.keyboard.press("l");
  await untilText(page.locator("#notice"), /Copied/);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /#run=[\w-]{60,}$/);
  await close();
});
