// The story: five servers elect a leader and replicate commands; the leader crashes by a click;
// the network is cut by a drag; the cluster recovers each time.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertSafe,
  cutAround,
  doTo,
  openLab,
  setSpeed,
  untilCluster,
  untilEvent,
  untilLeader,
} from "./lib/lab.mjs";

test("a leader crashes, the network is cut, and the cluster recovers", async () => {
  const { page, close } = await openLab();
  await setSpeed(page, "1");

  const elected = await untilEvent(page, /is elected leader of term \d+/);
  const first = await untilLeader(page);
  assert.match(elected.text, new RegExp(`${first} is elected`));
  await untilEvent(page, /C\d is told about “.+”: /, elected.time);

  await setSpeed(page, "1/2");
  await doTo(page, first, "Crash");
  const crash = await untilEvent(page, new RegExp(`${first} crashes`));
  await page.getByRole("button", { name: new RegExp(`^${first}, crashed`) }).waitFor();
  const second = await untilLeader(page, first);
  const again = await untilEvent(page, new RegExp(`${second} is elected leader`), crash.time);
  await untilEvent(page, /is told about/, again.time);

  await setSpeed(page, "1/5");
  await cutAround(page, second);
  const cut = await untilEvent(page, /The network (is cut|splits)/);
  await setSpeed(page, "1");
  const third = (await untilEvent(page, /S\d is elected leader/, cut.time)).text.match(/S\d/)[0];
  assert.ok(![first, second].includes(third), `${third} leads`);

  await page.getByRole("button", { name: "Heal the network" }).click();
  await untilEvent(page, /Every link is whole again/);
  await untilCluster(page, (all) => all.some((s) => s.name === second && s.role === "follower"));
  await doTo(page, first, "Restart from disk");

  const agree = (servers) => new Set(servers.map(({ epoch }) => epoch)).size === 1;
  const leads = (servers) => servers.filter(({ role }) => role === "leader").length === 1;
  const same = (servers) => new Set(servers.map(({ decided }) => decided)).size === 1;
  const servers = await untilCluster(page, (all) => agree(all) && leads(all) && same(all));
  assert.equal(servers.length, 5);
  await assertSafe(page);
  await close();
});

test("the inspector shows memory and disk side by side, votes, and why", async () => {
  const { page, close } = await openLab();
  const leader = await untilLeader(page);
  await page.getByRole("button", { name: `Look into ${leader}` }).first().click();
  const panel = page.locator("#panel-inspector");
  await panel.getByRole("heading", { name: new RegExp(`${leader} · leader, term 1`) }).waitFor();
  for (const title of ["Memory", "Disk", "Why?", "Log", "What it knows of the others"]) {
    await panel.getByRole("heading", { name: title, exact: true }).waitFor();
  }
  await panel.getByText(/Raft §/).first().waitFor();
  await panel.getByRole("button", { name: "Crash" }).click();
  await panel.getByRole("heading", { name: `${leader} · crashed` }).waitFor();
  await panel.getByText("What it had in memory is gone; its disk stays.").waitFor();
  await close();
});
