// The controls around the stage, each pressed as a reader would.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clock,
  cluster,
  doTo,
  events,
  openLab,
  openMenu,
  server,
  setSpeed,
  untilEvent,
  untilLeader,
  untilText,
} from "./lib/lab.mjs";

test("play, pause, step, restart, another seed", async () => {
  const { page, close } = await openLab();
  await untilLeader(page);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Play" }).waitFor();
  const [time, count] = [await clock(page), await events(page)];
  await page.getByRole("button", { name: "Event", exact: true }).click();
  assert.equal(await events(page), count + 1);
  assert.ok((await clock(page)) >= time);
  await page.getByRole("button", { name: /^Start again with the same seed/ }).click();
  assert.ok((await clock(page)) < time);
  const seed = await page.locator("#seed").innerText();
  await page.getByRole("button", { name: "Start again with a new seed" }).click();
  assert.notEqual(await page.locator("#seed").innerText(), seed);
  await close();
});

test("the same seed gives the same history", async () => {
  const { page, close } = await openLab();
  await page.getByRole("button", { name: "Pause" }).click();
  const history = async () => {
    await page.getByRole("button", { name: /same seed/ }).click();
    for (let k = 0; k < 25; k++) await page.getByRole("button", { name: "Event" }).click();
    return page.locator(".event").allTextContents();
  };
  const first = await history();
  assert.ok(first.length > 5, first.join("\n"));
  assert.deepEqual(await history(), first);
  await close();
});

test("the speed says how it relates to real time", async () => {
  const { page, close } = await openLab({ speed: "1/20" });
  await untilText(page.locator("#pace"), /drawn at 1\/20 of real time/);
  await setSpeed(page, "1/50");
  await untilText(page.locator("#pace"), /drawn at 1\/50 of real time/);
  const slow = await clock(page);
  await setSpeed(page, "10");
  await untilText(page.locator("#pace"), /10 times as fast|as fast as this machine can/);
  await page.waitForFunction(
    (slow) => parseFloat(document.getElementById("time").textContent) > slow + 3 &&
      !document.getElementById("time").textContent.includes("ms"),
    slow,
  );
  await close();
});

test("a menu offers scenarios by title, another the size of the cluster", async () => {
  const { page, close } = await openLab();
  const titles = await page.getByLabel("Scenario").locator("option").allTextContents();
  assert.ok(titles.length >= 5, titles.join(", "));
  const other = titles.find((title) => /figure 7/i.test(title)) ?? titles.at(-1);
  await page.getByLabel("Scenario").selectOption({ label: other });
  await untilText(page.locator("#time"), /^\d/);
  await page.getByLabel("Protocol and number of servers").selectOption({ label: "Raft · 9 servers" });
  await server(page, "S9").waitFor();
  assert.equal((await cluster(page)).length, 9);
  await page.getByLabel("Protocol and number of servers").selectOption({ label: "Raft · 3 servers" });
  await server(page, "S4").waitFor({ state: "detached" });
  await untilLeader(page);
  await close();
});

test("a broken rule stops the run at its event and names the evidence", async () => {
  const { page, close } = await openLab();
  const titles = await page.getByLabel("Scenario").locator("option").allTextContents();
  const off = titles.find((title) => /rule off/i.test(title));
  assert.ok(off, titles.join(", "));
  await page.getByLabel("Scenario").selectOption({ label: off });
  await page.getByRole("button", { name: "Pause" }).click();
  const banner = page.getByRole("alert").filter({ hasText: "broke at event" });
  for (let k = 0; k < 200 && (await banner.count()) === 0; k++) {
    await page.getByRole("button", { name: "Event", exact: true }).click();
  }
  const said = await untilText(banner, /broke at event \d+/);
  assert.match(said, /S\d/);
  await banner.getByRole("button", { name: "Show me" }).click();
  await page.locator("#panel-inspector").getByRole("heading", { name: /^S\d · / }).waitFor();
  await banner.getByRole("button", { name: "Go on" }).click();
  await banner.waitFor({ state: "hidden" });
  await page.locator(".safety-list").getByText(/is broken/).first().waitFor({ state: "attached" });
  await close();
});

test("commands are sent, and bad ones are explained where they were written", async () => {
  const { page, close } = await openLab();
  await untilLeader(page);
  await setSpeed(page, "1/2");
  const command = page.getByRole("textbox", { name: "Command" });
  await command.fill("put colour");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("alert").getByText(/put colour.+is no command/).waitFor();
  assert.equal(await command.inputValue(), "put colour");
  await command.fill("put colour blue");
  await command.press("Enter");
  assert.equal(await page.getByText(/is no command/).isVisible(), false);
  await untilEvent(page, /is told about “put colour blue”: done/);
  await page.getByRole("button", { name: "get x" }).click();
  await untilEvent(page, /is told about “get x”/);
  await close();
});

test("the steady load can be switched off and on", async () => {
  const { page, close } = await openLab();
  await untilLeader(page);
  const load = page.getByRole("switch", { name: "Steady load" });
  assert.equal(await load.getAttribute("aria-checked"), "true");
  await load.click();
  await untilEvent(page, /stop sending commands/);
  assert.equal(await load.getAttribute("aria-checked"), "false");
  await load.click();
  await untilEvent(page, /clients send commands/);
  assert.equal(await load.getAttribute("aria-checked"), "true");
  await close();
});

test("the network is held, and messages are delivered by hand", async () => {
  const { page, close } = await openLab();
  const leader = await untilLeader(page);
  const [candidate, voter] = ["S1", "S2", "S3"].filter((name) => name !== leader);
  await page.getByRole("button", { name: "Hold the network" }).click();
  await untilEvent(page, /The network is held/);
  await doTo(page, candidate, "Time out now");
  await untilEvent(page, new RegExp(`${candidate} becomes a candidate`));

  await openMenu(page, voter);
  await page.getByRole("menuitem", { name: /on the way here/ }).click();
  const request = new RegExp(`RequestVote from ${candidate}, number`);
  await page.getByRole("menuitem", { name: request }).click();
  const card = page.getByRole("dialog", { name: "RequestVote" });
  await card.getByText("It waits at the door until you deliver it.").waitFor();
  const before = await events(page);
  await card.getByRole("button", { name: "Deliver" }).click();
  await untilEvent(page, new RegExp(`${voter} (grants its vote to|refuses) ${candidate}`));
  const after = await events(page);
  assert.ok(after > before && after <= before + 2, `${after - before} events`);
  await page.waitForTimeout(300);
  assert.equal(await events(page), after, "nothing else happens while the network is held");

  await page.getByRole("button", { name: "Hold the network" }).click();
  await untilEvent(page, /runs by itself again/);
  await untilLeader(page);
  await close();
});

test("the list of events stays while the reader reads, and follows again", async () => {
  const { page, close } = await openLab();
  await setSpeed(page, "1");
  await untilEvent(page, /is told about/);
  const list = page.getByRole("region", { name: "What happens" });
  await page.waitForFunction(() => document.querySelectorAll(".event").length > 40);
  await list.evaluate((element) => element.scrollTo(0, 0));
  const pill = page.getByRole("button", { name: /\d+ new events?/ });
  await pill.waitFor();
  const first = await page.locator(".event").first().innerText();
  await page.waitForTimeout(400);
  assert.equal(await page.locator(".event").first().innerText(), first);
  await pill.click();
  await pill.waitFor({ state: "hidden" });
  const below = await list.evaluate((e) => e.scrollHeight - e.clientHeight - e.scrollTop);
  assert.ok(below < 40, `${below} pixels from the end`);
  await page.getByRole("button", { name: "Leadership", exact: true }).click();
  await untilEvent(page, /is elected leader/);
  assert.equal(await page.locator(".event").filter({ hasText: "is told about" }).count(), 0);
  await close();
});
