// What a reader does in the lab, and what a reader finds there. Everything goes through what the
// page shows: its controls by their names, its panels by their words.

import assert from "node:assert/strict";
import { open, whenStarted } from "./browser.mjs";

/** How long anything may take to be seen. */
const PATIENCE_MS = 20_000;

/** Opens the lab. A test has less patience than a reader: it plays faster unless told otherwise. */
export async function openLab({ speed = "1/2", ...options } = {}) {
  const opened = await open({ width: 1440, height: 900, ...options });
  opened.page.setDefaultTimeout(PATIENCE_MS);
  await whenStarted(opened.page);
  await opened.page.locator("#speed").waitFor();
  if (speed !== "1/20") await setSpeed(opened.page, speed);
  return opened;
}

export async function setSpeed(page, speed) {
  await page.getByLabel("Speed").selectOption({ label: `${speed} ×` });
}

/** Waits until the list of events says so, in a line that is younger than `after`. */
export async function untilEvent(page, pattern, after = -1) {
  const found = await page.waitForFunction(
    ([source, flags, after]) => {
      const lines = [...document.querySelectorAll(".event")];
      const seconds = (text) => parseFloat(text) / (text.includes("ms") ? 1000 : 1);
      for (const line of lines) {
        const [when, what] = [".when", ".what"].map((name) => line.querySelector(name).textContent);
        if (seconds(when) > after && new RegExp(source, flags).test(what)) {
          return { time: seconds(when), text: what };
        }
      }
      return null;
    },
    [pattern.source, pattern.flags, after],
    { timeout: PATIENCE_MS, polling: 50 },
  );
  return found.jsonValue();
}

/** Waits until some part of the page says so. */
export async function untilText(locator, pattern) {
  const deadline = Date.now() + PATIENCE_MS;
  let text = "";
  while (Date.now() < deadline) {
    text = await locator.innerText({ timeout: PATIENCE_MS });
    if (pattern.test(text)) return text;
    await locator.page().waitForTimeout(40);
  }
  assert.fail(`${pattern} was not to be seen in: ${text}`);
}

/** Every server as the stage names it: `S2, leader, term 1, 5 log entries, 4 decided`. */
export async function cluster(page) {
  const names = await page
    .getByRole("button", { name: /^S\d, / })
    .evaluateAll((nodes) => nodes.map((node) => node.getAttribute("aria-label")));
  return names.map((text) => {
    const parts = text.split(", ");
    const number = (pattern) => Number(text.match(pattern)?.[1] ?? -1);
    return {
      name: parts[0],
      role: parts[1],
      epoch: number(/term (\d+)/),
      log: number(/(\d+) log/),
      decided: number(/(\d+) decided/),
      text,
    };
  });
}

/** Waits until the servers are as `wanted` says, and gives them. */
export async function untilCluster(page, wanted) {
  const deadline = Date.now() + PATIENCE_MS;
  let servers = [];
  while (Date.now() < deadline) {
    servers = await cluster(page);
    if (servers.length > 0 && wanted(servers)) return servers;
    await page.waitForTimeout(40);
  }
  assert.fail(`the servers stayed as they were: ${JSON.stringify(servers)}`);
}

/** Waits until exactly one server leads, and gives its name. */
export async function untilLeader(page, except = "") {
  const leads = (server) => server.role === "leader" && server.name !== except;
  const servers = await untilCluster(page, (all) => all.filter(leads).length === 1);
  return servers.find(leads).name;
}

/** A server on the stage. */
export function server(page, name) {
  return page.getByRole("button", { name: new RegExp(`^${name}, `) });
}

/** Opens a server's menu by pointer, or by a finger. */
export async function openMenu(page, name, finger = false) {
  const { x, y } = await middleOf(page, name);
  await (finger ? page.touchscreen.tap(x, y) : page.mouse.click(x, y));
  await page.getByRole("menu", { name }).waitFor();
}

/** Chooses from a server's menu. */
export async function doTo(page, name, item, finger = false) {
  await openMenu(page, name, finger);
  const chosen = page.getByRole("menuitem", { name: item });
  await (finger ? chosen.tap() : chosen.click());
}

/** The middle of a server on the stage. */
export async function middleOf(page, name) {
  return server(page, name).evaluate((group) => {
    const circle = group.querySelector("circle") ?? group;
    const box = circle.getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  });
}

/** Drags a line that parts one server from all others. */
export async function cutAround(page, name) {
  const stage = await page.locator(".stage-host").boundingBox();
  const centre = { x: stage.x + stage.width / 2, y: stage.y + stage.height / 2 };
  const at = await middleOf(page, name);
  const out = { x: at.x - centre.x, y: at.y - centre.y };
  const length = Math.hypot(out.x, out.y);
  const unit = { x: out.x / length, y: out.y / length };
  const through = { x: at.x - unit.x * length * 0.4, y: at.y - unit.y * length * 0.4 };
  const point = (k) => ({ x: through.x - unit.y * k, y: through.y + unit.x * k });
  await drag(page, point(-length * 0.85), point(length * 0.85));
}

/** Presses, moves and lets go. */
export async function drag(page, from, to) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (let k = 1; k <= 12; k++) {
    await page.mouse.move(from.x + ((to.x - from.x) * k) / 12, from.y + ((to.y - from.y) * k) / 12);
  }
  await page.mouse.up();
}

/** The run's clock, in seconds. */
export async function clock(page) {
  const text = await page.locator("#time").innerText();
  return parseFloat(text) / (text.includes("ms") ? 1000 : 1);
}

/** How many events there were. */
export async function events(page) {
  return Number((await page.locator("#events").innerText()).replace(/\D/g, ""));
}

/** Every invariant, in words; each must hold. */
export async function assertSafe(page) {
  const said = await page.locator(".safety-list li").allTextContents();
  assert.ok(said.length >= 6, `invariants: ${said}`);
  for (const invariant of said) assert.match(invariant, /holds$/);
}
