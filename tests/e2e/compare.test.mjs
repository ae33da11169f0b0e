// Two runs side by side: one clock, one set of controls, counters beside each other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { axe } from "./lib/browser.mjs";
import { doTo, openLab, setSpeed, untilEvent, untilLeader, untilText } from "./lib/lab.mjs";

/** The table of both, as `{name: [here, there]}`. */
async function compared(page) {
  const rows = await page.locator("#compared tbody tr").evaluateAll((rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.innerText.replaceAll(",", ""))),
  );
  return Object.fromEntries(rows.map(([name, here, there]) => [name, [here, there]]));
}

async function compareWith(page, pattern) {
  await page.getByRole("button", { name: "Costs" }).click();
  const chooser = page.getByLabel("Compare with");
  const value = await chooser.locator("option", { hasText: pattern }).getAttribute("value");
  await chooser.selectOption(value);
  await page.locator(".twin-stage canvas").waitFor();
}

test("a crash happens to both, and what it cost stands side by side", async () => {
  const { page, close } = await openLab();
  const first = await untilLeader(page);
  await compareWith(page, /^Raft, pre vote on/);
  await untilText(page.locator(".twin-stage .twin-caption"), /^Raft, pre vote on$/);
  await untilText(page.locator(".stage-pills .twin-caption"), /^Raft, pre vote off$/);
  await doTo(page, first, "Crash");
  await untilLeader(page, first);
  await untilEvent(page, /commits/);
  await page.waitForTimeout(1_500);
  await page.getByRole("button", { name: "Pause" }).click();
  const table = await compared(page);
  assert.deepEqual(table.elections, ["2", "2"]);
  // Asking beforehand costs two more messages a server and election, and decisions cost the same.
  const [plain, asked] = table["messages to elect"].map(Number);
  assert.ok(asked > plain, `${plain}, ${asked}`);
  const [here, there] = table["a decision"].map(Number);
  assert.ok(Math.abs(here - there) < 1, `${here}, ${there}`);
  const said = await page.locator(".twin-stage canvas").getAttribute("aria-label");
  assert.match(said, new RegExp(`${first}: crashed`));
  assert.deepEqual(await axe(page), []);
  await close();
});

test("time moves both, back and forth, and the comparison ends", async () => {
  const { page, close } = await openLab();
  await untilLeader(page);
  await compareWith(page, /^Raft, noop on election off/);
  await page.waitForTimeout(800);
  await page.getByRole("button", { name: "Pause" }).click();
  const canvas = page.locator(".twin-stage canvas");
  const before = [await canvas.getAttribute("aria-label"), await compared(page)];
  for (let k = 0; k < 25; k++) await page.keyboard.press("ArrowLeft");
  assert.notDeepEqual([await canvas.getAttribute("aria-label"), await compared(page)], before);
  await page.locator("#present").click();
  assert.deepEqual([await canvas.getAttribute("aria-label"), await compared(page)], before);
  await page.getByLabel("Compare with").selectOption({ label: "Nothing beside this run" });
  assert.ok(await canvas.isHidden());
  const stage = await page.locator(".stage").boundingBox();
  const host = await page.locator(".stage-host").boundingBox();
  assert.equal(stage.width, host.width);
  await close();
});

test("the duel beside a proposer that backs off: one never decides, the other soon does", async () => {
  const { page, close } = await openLab();
  await page.getByLabel("Scenario").selectOption({ label: "The duel: two proposers, no back-off" });
  await compareWith(page, /^Paxos, back off on/);
  await setSpeed(page, "10");
  await page.waitForFunction(() => {
    const rows = [...document.querySelectorAll("#compared tbody tr")];
    return rows[0].children[2].innerText === "1";
  });
  const table = await compared(page);
  assert.deepEqual(table.decisions, ["0", "1"]);
  await close();
});

test("a link brings both back, at the same moment", async () => {
  const { page, close } = await openLab();
  await untilLeader(page);
  await compareWith(page, /^Paxos$/);
  await page.waitForTimeout(600);
  await page.getByRole("button", { name: "Pause" }).click();
  // A link names an event, not a time between two.
  await page.keyboard.press("ArrowRight");
  const before = [await page.locator("#time").innerText(), await compared(page)];
  await page.getByRole("button", { name: "Share" }).click();
  const link = await page.locator("#share-link").inputValue();
  await close();
  const other = await openLab({ at: link.slice(link.indexOf("#")) });
  await other.page.getByRole("button", { name: "Costs" }).click();
  await untilText(other.page.locator("#time"), new RegExp(before[0].replace(".", "\\.")));
  await other.page.locator("#compared").waitFor();
  assert.deepEqual(await compared(other.page), before[1]);
  await other.close();
});

test("on a phone the two stand one above the other", async () => {
  const { page, close } = await openLab({ width: 390, height: 844, touch: true });
  await untilLeader(page);
  await compareWith(page, /^Paxos$/);
  const [first, second] = [".stage", ".twin-stage"].map((part) => page.locator(part).boundingBox());
  const [above, below] = await Promise.all([first, second]);
  assert.ok(above.y + above.height <= below.y + 1, JSON.stringify([above, below]));
  const transport = await page.locator(".transport").boundingBox();
  assert.ok(below.y + below.height <= transport.y + 1);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${wide} px wide`);
  await close();
});
