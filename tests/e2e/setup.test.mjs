// Setting a run up: protocol, quorums, rules; it opens as another run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { axe } from "./lib/browser.mjs";
import { assertSafe, cluster, doTo, events, openLab, server, untilLeader, untilText } from "./lib/lab.mjs";

const sheet = (page) => page.getByRole("dialog", { name: "Set up a run" });
const verdict = (page) => page.locator("#setup-verdict");

async function openSheet(page) {
  await page.getByRole("button", { name: "Set up" }).click();
  await sheet(page).waitFor();
}

/** Moves a slider as a keyboard does. */
async function slideTo(page, name, value, among = page) {
  const slider = among.getByRole("slider", { name });
  await slider.focus();
  await page.keyboard.press("Home");
  const least = Number(await slider.inputValue());
  for (let k = least; k < value; k++) await page.keyboard.press("ArrowRight");
  assert.equal(await slider.inputValue(), String(value));
}

/** Walks with the Tab key to what is called so. */
async function tabTo(page, name) {
  for (let k = 0; k < 80; k++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const at = document.activeElement;
      return at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
    });
    if (name.test(found.trim())) return;
  }
  assert.fail(`${name} was not reached`);
}

test("by keyboard alone: sizes that need not meet, what the sheet says, and the label in the strip", async () => {
  const { page, close } = await openLab();
  const key = (name) => page.keyboard.press(name);
  await untilLeader(page);
  await key("s");
  await sheet(page).waitFor();
  await untilText(verdict(page), /The quorums that must meet do/);
  await tabTo(page, /^Servers$/);
  await key("ArrowLeft");
  await untilText(sheet(page), /4 servers/);
  for (const quorum of ["vote quorum", "commit quorum"]) {
    await tabTo(page, new RegExp(`^System of ${quorum}$`));
    await key("s");
    await tabTo(page, /^Servers that it takes$/);
    await key("ArrowLeft");
  }
  await untilText(sheet(page), /Two such quorums need not meet: S1 S2 and S3 S4 can decide differently\./);
  await untilText(sheet(page), /Failures that can break safety\s+0: unsafe already/);
  await untilText(verdict(page), /Unsafe: two quorums that must meet need not\./);
  assert.equal(await page.locator(".meeting.unsafe").count(), 2);
  assert.deepEqual(await axe(page), []);
  await tabTo(page, /^Run it$/);
  await key("Enter");
  await sheet(page).waitFor({ state: "hidden" });
  await server(page, "S4").waitFor();
  assert.equal((await cluster(page)).length, 4);
  await untilText(page.locator(".safety-list"), /unsafe quorums/);
  await untilText(page.locator("#scenario option:checked"), /Raft with 4 servers, set up by hand/);
  await close();
});

test("minimal quorums are listed while they are few, and told what they are worth", async () => {
  const { page, close } = await openLab();
  await openSheet(page);
  const block = page.locator(".quorum-block.vote_quorum");
  const system = page.getByLabel("System of vote quorum");
  const sets = () => block.locator(".sets li").allInnerTexts();
  assert.equal((await sets()).length, 10);
  await slideTo(page, "Servers", 9);
  await untilText(block, /126 minimal quorums/);
  assert.deepEqual(await sets(), []);
  await slideTo(page, "Servers", 6);
  await system.selectOption("row");
  await page.getByLabel("Shape of the grid").selectOption({ label: "2 rows of 3" });
  assert.deepEqual(await sets(), ["S1 S2 S3", "S4 S5 S6"]);
  await system.selectOption("weights");
  await slideTo(page, "Weight of S1", 9, block);
  assert.deepEqual(await sets(), ["S1"]);
  for (const node of ["S1", "S2", "S3", "S4", "S5", "S6"]) {
    await slideTo(page, `Weight of ${node}`, 0, block);
  }
  await untilText(block, /at least one weight is above 0/);
  assert.equal(await page.locator("#setup-run").isDisabled(), true);
  await block.getByRole("button", { name: "Back to majority, the default of vote_quorum" }).click();
  await untilText(block, /15 minimal quorums/);
  assert.equal(await system.inputValue(), "majority");
  await close();
});

test("a rule switched off is a famous mistake, and the run that it opens says what it does without", async () => {
  const { page, close } = await openLab();
  const leader = await untilLeader(page);
  await doTo(page, leader, "Crash");
  await untilLeader(page, leader);
  await page.getByRole("button", { name: "Pause" }).click();
  const before = [await events(page), await cluster(page)];
  await openSheet(page);
  const rule = page.getByRole("switch", { name: "Votes go only to candidates whose log is up to date." });
  await rule.click();
  assert.equal(await rule.getAttribute("aria-checked"), "false");
  await untilText(sheet(page), /Switched off, a famous mistake/);
  await untilText(verdict(page), /1 rule is switched off/);
  await untilText(sheet(page), /Do the same again: 1 action at its time/);
  await page.getByRole("button", { name: "Run it" }).click();
  await sheet(page).waitFor({ state: "hidden" });
  await untilText(page.locator("#notice"), /Another run is open/);
  // The leader crashes again, without a hand.
  await page.waitForFunction(() => document.querySelector("[role=button][aria-label*='crashed']"));
  await assertSafe(page);

  await page.keyboard.press("s");
  await sheet(page).waitFor();
  await untilText(sheet(page), /Switched off, a famous mistake/);
  await page.getByRole("button", { name: "Back to the run before" }).click();
  await untilText(page.locator("#notice"), /The run before is back/);
  assert.deepEqual([await events(page), await cluster(page)], before);
  await close();
});

test("the same script under one rule less breaks an invariant, and the banner says which rule", async () => {
  const { page, close } = await openLab({ speed: "10" });
  await page
    .getByLabel("Scenario")
    .selectOption({ label: "Figure 8: on a majority is not committed" });
  await openSheet(page);
  await page.getByRole("switch", { name: /^Only entries of the current term/ }).click();
  await page.getByRole("button", { name: "Run it" }).click();
  const banner = page.getByRole("alert").filter({ hasText: "broke at event" });
  const said = await untilText(banner, /Switched off in this run: Only entries of the current term/);
  assert.doesNotMatch(said, /quorums of this run/);
  await close();
});

test("a wrong value gives its sentence, and so do values that contradict one another", async () => {
  const { page, close } = await openLab();
  await openSheet(page);
  const run = page.getByRole("button", { name: "Run it" });
  const most = page.getByRole("textbox", { name: "The most entries in one AppendEntries." });
  await most.fill("many");
  assert.equal(await most.getAttribute("aria-invalid"), "true");
  await untilText(sheet(page), /`max_entries` is a whole number from 1 to 1024\./);
  assert.equal(await run.isDisabled(), true);
  await page.getByRole("button", { name: "Back to 64, the default of max_entries" }).click();
  assert.equal(await most.inputValue(), "64");
  assert.equal(await run.isDisabled(), false);
  await page.getByRole("textbox", { name: "How often the leader shows that it is there." }).fill("1s");
  await untilText(verdict(page), /heartbeat \(1s\) must be shorter than/);
  assert.equal(await run.isDisabled(), true);
  assert.deepEqual(await axe(page), []);
  await close();
});

test("another protocol brings its own roles, quorums and rules", async () => {
  const { page, close } = await openLab();
  await openSheet(page);
  await page.getByLabel("Protocol", { exact: true }).selectOption({ label: "Paxos" });
  await untilText(sheet(page), /Whose promises let a ballot propose\./);
  const acceptors = page.getByRole("group", { name: "Who accepts, and so makes up the quorums." });
  await acceptors.getByRole("button", { name: "S5" }).click();
  await acceptors.getByRole("button", { name: "S4" }).click();
  await untilText(page.locator(".quorum-block.accept_quorum"), /3 minimal quorums/);
  await page.getByRole("button", { name: "Run it" }).click();
  await untilText(page.locator("#scenario option:checked"), /Paxos with 5 servers/);
  assert.equal((await cluster(page)).length, 5);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`on a phone the sheet has room, and a finger finds its way (${colorScheme})`, async () => {
    const { page, close } = await openLab({ width: 390, height: 844, touch: true, colorScheme });
    await untilLeader(page);
    await page.getByRole("button", { name: "Set up" }).tap();
    await sheet(page).waitFor();
    const outside = await page.evaluate(() => {
      const inside = document.querySelectorAll("dialog[open] :is(button, select, input, p, li)");
      const boxes = [...inside]
        .filter((element) => element.checkVisibility())
        .map((element) => [element.outerHTML.slice(0, 60), element.getBoundingClientRect()]);
      const controls = boxes.filter(([html]) => /^<(button|select|input)/.test(html));
      return {
        wrong: boxes.filter(([, box]) => box.left < -0.5 || box.right > innerWidth + 0.5),
        small: controls.filter(([, box]) => box.width < 24 || box.height < 24),
      };
    });
    assert.deepEqual(outside, { wrong: [], small: [] });
    await page.getByRole("switch", { name: /^A retried command is applied once/ }).tap();
    await untilText(verdict(page), /1 rule is switched off/);
    assert.deepEqual(await axe(page), []);
    await page.getByRole("button", { name: "Run it" }).tap();
    await sheet(page).waitFor({ state: "hidden" });
    await untilLeader(page);
    await close();
  });
}
