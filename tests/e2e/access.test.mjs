// By keyboard alone, by touch, with less motion, in the dark; and what axe has to say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { axe } from "./lib/browser.mjs";
import { doTo, events, openLab, openMenu, untilEvent, untilLeader, untilText } from "./lib/lab.mjs";

test("everything works by keyboard", async () => {
  const { page, close } = await openLab();
  const key = (name) => page.keyboard.press(name);
  await untilLeader(page);
  await key("Space");
  await page.getByRole("button", { name: "Play" }).waitFor();
  const before = await events(page);
  await key("ArrowRight");
  assert.equal(await events(page), before + 1);

  await key("2");
  await page.getByRole("menu", { name: "S2" }).waitFor();
  await key("Escape");
  await page.getByRole("menu").waitFor({ state: "detached" });
  await key("c");
  await untilEvent(page, /S2 crashes/);
  await key("c");
  await untilEvent(page, /S2 restarts from its disk/);
  await key("p");
  await untilEvent(page, /S2 is paused/);
  await key("p");
  await untilEvent(page, /S2 goes on/);
  await key("x");
  await untilEvent(page, /S2 is cut off from everyone/);
  await key("x");
  await untilEvent(page, /S2's links are whole again/);
  await key("h");
  await untilEvent(page, /The network is held/);
  await key("h");
  await key("Escape");
  await page.locator(".inspect-cluster").waitFor();
  await key("c");
  await untilText(page.locator("#notice"), /Choose a server first/);

  await key("?");
  const sheet = page.getByRole("dialog", { name: "Synod" });
  await sheet.waitFor();
  await sheet.getByText("one event forward").waitFor();
  await key("Escape");
  await sheet.waitFor({ state: "hidden" });
  await close();
});

test("keys are letters while a command is written", async () => {
  const { page, close } = await openLab();
  await untilLeader(page);
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Command" }).click();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("put chop 1");
  assert.equal(await page.getByRole("textbox", { name: "Command" }).inputValue(), "put chop 1");
  assert.equal(await page.getByRole("menu").count(), 0);
  assert.equal(await page.locator("#hold").getAttribute("aria-pressed"), "false");
  await page.keyboard.press("Enter");
  await untilEvent(page, /is told about “put chop 1”: done/);
  await close();
});

test("the focus reaches servers and controls, and each has a name", async () => {
  const { page, close } = await openLab();
  await untilLeader(page);
  const names = [];
  for (let k = 0; k < 60; k++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const at = document.activeElement;
      const label = at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
      return at === document.body ? "" : label.trim();
    });
    if (name === "" && k > 20) break;
    names.push(name);
  }
  for (const wanted of [/^Help$/, /^S1, /, /^S5, /, /^Pause$/, /^Speed/, /^Hold the network$/, /^Command$/]) {
    assert.ok(names.some((name) => wanted.test(name)), `${wanted} is not among ${names.join(" | ")}`);
  }
  await close();
});

test("milestones are told to those who listen", async () => {
  const { page, close } = await openLab();
  const narration = page.locator("#narration");
  assert.equal(await narration.getAttribute("aria-live"), "polite");
  const leader = await untilLeader(page);
  await doTo(page, leader, "Pause");
  await page.waitForFunction(() =>
    /is paused/.test(document.getElementById("narration").textContent),
  );
  await page.waitForFunction(() =>
    /is elected leader/.test(document.getElementById("narration").textContent),
  );
  await close();
});

test("a phone has room for everything, and a finger finds it", async () => {
  const { page, close } = await openLab({ width: 390, height: 844, touch: true });
  const leader = await untilLeader(page);
  await doTo(page, leader, "Crash", true);
  await page.getByRole("tab", { name: "Events" }).tap();
  await untilEvent(page, new RegExp(`${leader} crashes`));
  await page.getByRole("tab", { name: "Logs" }).tap();
  await page.getByRole("region", { name: "Logs, entry by entry" }).waitFor();
  await page.getByRole("tab", { name: "Clients" }).tap();
  await page.getByRole("button", { name: "put x 1" }).tap();
  const outside = await page.evaluate(() => {
    const boxes = [...document.querySelectorAll("button, select, input")]
      .filter((element) => element.checkVisibility() && !element.closest(".scroller"))
      .map((element) => [element.outerHTML.slice(0, 60), element.getBoundingClientRect()]);
    const wrong = boxes.filter(([, box]) => box.left < -0.5 || box.right > innerWidth + 0.5);
    const small = boxes.filter(([, box]) => box.width < 24 || box.height < 24);
    return { wide: document.documentElement.scrollWidth, wrong, small };
  });
  assert.equal(outside.wide, 390);
  assert.deepEqual(outside.wrong, []);
  assert.deepEqual(outside.small, []);
  assert.deepEqual(await axe(page), []);
  await close();
});

test("with less motion the page still tells everything", async () => {
  const { page, close } = await openLab({ reducedMotion: "reduce" });
  const leader = await untilLeader(page);
  await doTo(page, leader, "Crash");
  await untilLeader(page, leader);
  await close();
});

test("the colours follow the system, and the switch", async () => {
  const { page, close } = await openLab({ colorScheme: "dark" });
  const dark = () => page.evaluate(() => {
    const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return r + g + b < 200;
  });
  assert.equal(await dark(), true);
  await page.getByRole("button", { name: "Colours: as the system" }).click();
  await page.getByRole("button", { name: "Colours: light" }).waitFor();
  assert.equal(await dark(), false);
  await page.reload();
  await page.getByRole("button", { name: "Colours: light" }).click();
  await page.getByRole("button", { name: "Colours: dark" }).waitFor();
  assert.equal(await dark(), true);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in the lab at work (${colorScheme})`, async () => {
    const { page, close } = await openLab({ colorScheme });
    const leader = await untilLeader(page);
    await untilEvent(page, /is told about/);
    assert.deepEqual(await axe(page), []);
    await openMenu(page, leader);
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    assert.deepEqual(await axe(page), []);
    await close();
  });
}

test("a page that breaks says so, and gives the scenario to copy", async () => {
  const { page, close, allow } = await openLab({ at: "?try=panic", speed: "1/20" });
  allow(/unreachable|panic/i);
  const overlay = page.getByRole("alertdialog", { name: "The page broke" });
  await overlay.waitFor();
  await overlay.getByText(/was asked for by the page's address/).waitFor();
  assert.match(await overlay.getByRole("textbox").inputValue(), /protocol = "raft"/);
  await overlay.getByRole("link", { name: "Start the page again" }).click();
  await untilLeader(page);
  await close();
});
