// Measures the release page in Chromium; `cargo xtask bench --only browser` runs it.
//
// The page runs a measurement when its address names one (`?bench=engine`), and leaves the
// result in `window.__synodBench` or, as JSON, in `<pre id="bench-result">`.

import { open, quit } from "./lib/browser.mjs";

const MEASUREMENTS = ["engine", "frames-5", "frames-9", "idle"];
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

const wanted = process.argv.length > 2 ? process.argv.slice(2) : MEASUREMENTS;
const results = {};
for (const name of wanted) {
  console.error(`measuring ${name}`);
  results[name] = await measure(name);
}
await quit();
console.log(JSON.stringify(results, null, 2));
