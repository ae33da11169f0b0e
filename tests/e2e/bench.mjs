// Measures the release page in Chromium; `cargo xtask bench --only browser` runs it.
//
// The page runs a measurement when its address names one (`?bench=engine`), and leaves the
// result in `window.__synodBench` or, as JSON, in `<pre id="bench-result">`.

import { open, quit } from "./lib/browser.mjs";

const WATCH_MS = 10_000;

const MEASUREMENTS = [
  "engine",
  "frames-5",
  "frames-9",
  "history",
  "idle",
  "processor-playing",
  "processor-paused",
];
const LIMIT_MS = 120_000;

async function measure(name) {
  const { page, close } = await open({ at: `?bench=${name}` });
  try {
    const result = await page.waitForFunction(
      () => {
        if (globalThis.__synodBench) return globalThis.__synodBench;
        const text = document.getElementById("bench-result")?.textContent;
        return text ? JSON.parse(text) : null;
      },
      undefined,
      { timeout: LIMIT_MS },
    );
    return await result.jsonValue();
  } catch (error) {
    return `no result: ${error.message.split("\n")[0]}`;
  } finally {
    await close();
  }
}

/** The processor time of a page's own process while it is left alone, as a share of one core. */
async function processor(prepare) {
  const { page, close } = await open({ width: 1440, height: 900 });
  try {
    await page.waitForSelector("svg");
    await prepare(page);
    await page.waitForTimeout(2_000);
    const session = await page.context().browser().newBrowserCDPSession();
    const spent = async () => {
      const { processInfo } = await session.send("SystemInfo.getProcessInfo");
      return processInfo
        .filter((info) => info.type === "renderer")
        .reduce((sum, info) => sum + info.cpuTime, 0);
    };
    const before = await spent();
    await page.waitForTimeout(WATCH_MS);
    return `${((100_000 * ((await spent()) - before)) / WATCH_MS).toFixed(1)} % of a core`;
  } catch (error) {
    return `no result: ${error.message.split("\n")[0]}`;
  } finally {
    await close();
  }
}

const PROCESSOR = {
  "processor-playing": async () => {},
  "processor-paused": (page) => page.keyboard.press("Space"),
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : MEASUREMENTS;
const results = {};
for (const name of wanted) {
  console.error(`measuring ${name}`);
  const prepare = PROCESSOR[name];
  results[name] = prepare ? await processor(prepare) : await measure(name);
}
await quit();
console.log(JSON.stringify(results, null, 2));
