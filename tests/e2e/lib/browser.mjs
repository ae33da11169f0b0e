// Opens the page in headless Chromium. Whatever a reader would find in the console, and every
// request that leaves the page's own origin, fails the test.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const SHOTS = new URL("../shots/", import.meta.url);

/** The address of the page, as `cargo xtask test` hands it over. */
export const url = process.env.SYNOD_URL ?? "http://127.0.0.1:8080/";

let browser;
const troubles = new WeakMap();

/** One browser serves every test of a file; each test gets an empty profile within it. */
function started() {
  browser ??= chromium.launch({
    executablePath: process.env.CHROME || "/usr/bin/chromium",
    args: FLAGS,
  });
  return browser;
}

/** Ends the browser; a test that failed before its own end must not keep it alive. */
export async function quit() {
  await (await browser)?.close();
  browser = undefined;
}

if (process.argv[1]?.endsWith(".test.mjs")) after(quit);

/**
 * Opens the page.
 *
 * @param {object} [options]
 * @param {string} [options.at] what follows the page's address, such as "?a=b" or "#c"
 * @param {number} [options.width] of the window
 * @param {number} [options.height] of the window
 * @param {"light"|"dark"} [options.colorScheme]
 * @param {"reduce"|"no-preference"} [options.reducedMotion]
 * @param {boolean} [options.touch] whether the window is a touch screen
 * @param {boolean} [options.javaScript] whether scripts run
 * @param {(context: object) => Promise<void>} [options.prepare] runs before the page loads
 * @returns {Promise<{page: import("playwright-core").Page, close: () => Promise<void>,
 *   allow: (pattern: RegExp) => void}>} `close` throws what went wrong while the page was open,
 *   except for what `allow` was told to expect
 */
export async function open(options = {}) {
  const {
    at = "",
    width = 1280,
    height = 800,
    colorScheme = "light",
    reducedMotion = "no-preference",
    touch = false,
    javaScript = true,
    prepare,
  } = options;
  const context = await (await started()).newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion,
    hasTouch: touch,
    isMobile: touch,
    javaScriptEnabled: javaScript,
  });
  const found = [];
  const allowed = [];
  await watch(context, found);
  await prepare?.(context);
  const page = await context.newPage();
  troubles.set(page, found);
  await page.goto(new URL(at, url).href);
  const close = async () => {
    await context.close();
    const left = found.filter((trouble) => !allowed.some((pattern) => pattern.test(trouble)));
    assert.deepEqual(left, [], "the page had trouble while it was open");
  };
  return { page, close, allow: (pattern) => allowed.push(pattern) };
}

/** Notes every error of the page, and stops every request to elsewhere. */
async function watch(context, found) {
  const { origin } = new URL(url);
  const isOwn = (address) => /^(data|blob|about):/.test(address) || new URL(address).origin === origin;
  await context.route("**/*", (route) => {
    const address = route.request().url();
    if (isOwn(address)) return route.continue();
    found.push(`request to another origin: ${address}`);
    return route.abort();
  });
  context.on("console", (message) => {
    if (message.type() === "error") found.push(`console error: ${message.text()}`);
  });
  context.on("weberror", (error) => {
    found.push(`page error: ${error.error().message}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400) found.push(`${response.status()} for ${response.url()}`);
  });
}

/** What went wrong with a page so far. */
export function troublesOf(page) {
  return [...(troubles.get(page) ?? [])];
}

/** Waits until the page has started, or says why it has not. */
export async function whenStarted(page) {
  await page.waitForFunction(() => {
    const box = document.getElementById("boot-error");
    const failed = box && !box.hidden;
    return failed || performance.getEntriesByName("app-started").length > 0;
  });
  const box = page.locator("#boot-error");
  if ((await box.count()) > 0 && (await box.isVisible())) {
    assert.fail(`the page did not start: ${await box.innerText()}`);
  }
}

/**
 * Asks axe what keeps people from using the page as it is now.
 *
 * The script is evaluated by the browser's own debugger, which the page's policy does not bind.
 *
 * @param {import("playwright-core").Page} page
 * @param {object} [options] passed on to axe.run
 * @returns {Promise<string[]>} a sentence for each violation and element
 */
export async function axe(page, options = {}) {
  const path = fileURLToPath(import.meta.resolve("axe-core/axe.min.js"));
  await page.evaluate(`${await readFile(path, "utf8")};0`);
  const { violations } = await page.evaluate((given) => globalThis.axe.run(document, given), options);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}`),
  );
}

/** Writes a picture of the page into tests/e2e/shots/ and gives its path. */
export async function shot(page, name) {
  await mkdir(SHOTS, { recursive: true });
  const path = fileURLToPath(new URL(`${name}.png`, SHOTS));
  await page.screenshot({ path });
  return path;
}
