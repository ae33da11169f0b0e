// The page loads under its policy, alone and without a word of complaint.

import assert from "node:assert/strict";
import { test } from "node:test";
import { axe, open, shot, url, whenStarted } from "./lib/browser.mjs";

test("the page starts under its policy and asks nobody else for anything", async () => {
  const { page, close } = await open();
  await whenStarted(page);
  const answer = await page.request.get(url);
  const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
  assert.equal(answer.headers()["content-security-policy"], policy);
  assert.match(await page.title(), /Synod/);
  assert.equal(await page.locator("#boot-error").filter({ visible: true }).count(), 0);
  await shot(page, "smoke");
  await close();
});

test("the policy is in force: a script inside the page does not run", async () => {
  const { page, close, allow } = await open();
  await whenStarted(page);
  allow(/Content Security Policy/);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.smuggled = true;";
    document.head.append(script);
    return globalThis.smuggled === true;
  });
  assert.equal(ran, false);
  await close();
});

test("a browser without WebAssembly is told so", async () => {
  const { page, close, allow } = await open({
    prepare: (context) => context.addInitScript(() => delete globalThis.WebAssembly),
  });
  allow(/WebAssembly/);
  const box = page.locator("#boot-error");
  if ((await box.count()) > 0) {
    await box.waitFor({ state: "visible" });
    assert.match(await page.locator("#boot-error-reason").innerText(), /WebAssembly/);
  }
  await close();
});

test("a page whose program does not arrive says why", async () => {
  const { page, close, allow } = await open({
    prepare: (context) => context.route("**/*.wasm", (route) => route.fulfill({ status: 404 })),
  });
  allow(/404|wasm|WebAssembly/i);
  const box = page.locator("#boot-error");
  if ((await box.count()) > 0) {
    await box.waitFor({ state: "visible" });
    assert.notEqual(await page.locator("#boot-error-reason").innerText(), "");
  }
  await close();
});

test("axe finds nothing on the page as it opens", async () => {
  const { page, close } = await open();
  await whenStarted(page);
  assert.deepEqual(await axe(page), []);
  await close();
});
