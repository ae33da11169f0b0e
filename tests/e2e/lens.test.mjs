// The quorum lens: where two quorums meet, what was carried from the one to the other, and what
// decisions cost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { axe } from "./lib/browser.mjs";
import { doTo, openLab, untilEvent, untilLeader, untilText } from "./lib/lab.mjs";

/** A commit, a crash of the leader, and the election after it; paused. */
async function afterFailover(options) {
  const opened = await openLab(options);
  const { page } = opened;
  const first = await untilLeader(page);
  await untilEvent(page, /commits/);
  await doTo(page, first, "Crash");
  const second = await untilLeader(page, first);
  await page.getByRole("button", { name: "Pause" }).click();
  return { ...opened, first, second };
}

test("a commit and the election after it meet in a server, and the lens says what it carried", async () => {
  const { page, close, second } = await afterFailover();
  await page.keyboard.press("q");
  const told = await untilText(page.locator("#lens-told"), /stored .+ at index \d+/);
  // Whoever is in both is named, and the new leader with what it must hold.
  const pattern = new RegExp(
    `(S\\d.* stored (put|append|cas|get) .+ at index \\d+ and then voted for ${second} in term 2` +
      `.*must hold .+, and it does)|(${second}, elected in term 2, stored .+ itself)`,
  );
  assert.match(told, pattern);
  // The sentence has the panel's whole width.
  const width = async (place) => (await page.locator(place).boundingBox()).width;
  assert.ok(await width("#lens-told") > 0.95 * await width(".lens-meeting"));
  // The stage draws two outlines, and rings each server that the sentence names.
  assert.equal(await page.locator(".lens .lens-outline").count() >= 2, true);
  const inBoth = await page.locator(".witnesses li").count();
  assert.ok(inBoth >= 1);
  assert.equal(await page.locator("svg .lens-both").count(), 2 * inBoth);
  // Its two words are events, and lead there.
  const word = page.locator(".witnesses button").last();
  const event = (await word.innerText()).replace(/^.*event /, "");
  await word.click();
  await untilText(page.locator("#event-title"), new RegExp(`^Event ${event} · `));
  assert.equal((await page.locator("#events").innerText()).replace(" events", ""), event);
  await close();
});

test("two quorums are picked by keyboard, and told anew", async () => {
  const { page, close } = await afterFailover();
  await page.locator("#aspect-quorums").focus();
  await page.keyboard.press("Enter");
  const first = page.getByLabel("One quorum");
  const elected = await first.locator("option", { hasText: "elected in term 1" }).getAttribute("value");
  await first.selectOption(elected);
  await untilText(page.locator("#lens-told"), /voted for S\d in term 1 and for S\d in term 2/);
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press("q");
  assert.equal(await page.locator("svg .lens-both").count(), 0);
  await close();
});

test("messages are counted beside the formula and the textbook", async () => {
  const { page, close } = await openLab();
  await untilLeader(page);
  await untilText(page.locator("#events"), /\d/);
  await page.waitForTimeout(2_500);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Costs" }).click();
  const rows = await page.locator("#costs tbody tr").allInnerTexts();
  const election = rows.find((row) => row.startsWith("election"));
  assert.match(election.replace(/\s+/g, " "), /8 8\.0 8 2\(n − 1\) 5 n/);
  const replication = rows.find((row) => row.startsWith("replication")).replace(/\s+/g, " ");
  // Under way when the run was paused: a decision short of some of its messages.
  const [, sent, each] = replication.match(/a decision (\d+) ([\d.]+) 8 2\(n − 1\) 5 n/);
  assert.ok(Number(sent) > 20 && Math.abs(Number(each) - 8) < 1.5, replication);
  const path = await page.locator("#critical-path").innerText();
  assert.match(path, /\d message delays one after another, 2 of them between servers, and 1 disk sync/);
  await page.getByRole("button", { name: "Count from here" }).click();
  await untilText(page.locator("#cost-caption"), /^Since event [\d,]+: 0 decisions/);
  await close();
});

test("the forced value of Paxos is told from one promise", async () => {
  const { page, close } = await openLab({ speed: "10" });
  await page.getByLabel("Scenario").selectOption({ label: "The forced value" });
  await page.keyboard.press("q");
  const told = await untilText(page.locator("#lens-told"), /So ballot 1\.2 must propose/);
  assert.match(
    told,
    /S3 accepted put color blue in ballot 1\.1 and said so in its promise for ballot 1\.2\./,
  );
  await close();
});

test("on a phone the lens is a tap away, and fits", async () => {
  const { page, close } = await openLab({ width: 390, height: 844, touch: true });
  await untilLeader(page);
  await page.locator("#aspect-quorums").tap();
  await untilText(page.locator("#lens-told"), /term 1/);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${wide} px wide`);
  await close();
});
