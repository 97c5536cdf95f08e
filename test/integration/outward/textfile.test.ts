/** The file for node_exporter, on a real disk. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import { writeTextfiles } from "../../../src/outward/metrics/textfile.ts";

let base = "";
beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), "gitops-agent-textfile-"));
});
afterEach(() => rm(base, { recursive: true, force: true }));

/** Writes until each of `between` was called, one at each pause. */
async function write(
  directory: string,
  make: () => Promise<string>,
  between: readonly (() => Promise<void>)[],
): Promise<readonly AgentEvent[]> {
  const told: AgentEvent[] = [];
  const stop = new AbortController();
  let pauses = 0;
  const sleep = async () => {
    await between[pauses]?.();
    pauses += 1;
    if (pauses >= between.length) stop.abort();
  };
  const clock = { now: () => 0, sleep };
  await writeTextfiles({ directory, clock, make, tell: (event) => told.push(event) }, stop.signal);
  return told;
}

it("is written again and again, readable by all, and without other files beside it", async () => {
  let count = 0;
  const seen: string[] = [];
  const file = path.join(base, "gitops-agent.prom");
  const look = async () => {
    seen.push(await readFile(file, "utf8"));
  };
  const make = async () => {
    count += 1;
    return `${count}\n`;
  };
  const told = await write(base, make, [look, look]);
  expect([seen, told]).toEqual([["1\n", "2\n"], []]);
  expect((await stat(file)).mode & 0o777).toBe(0o644);
  expect(await readdir(base)).toEqual(["gitops-agent.prom"]);
});

it("is reported once when it cannot be written, and when it is written again", async () => {
  const directory = path.join(base, "later");
  const nothing = async () => {};
  const make = async () => {
    await mkdir(directory);
  };
  const told = await write(directory, async () => "1\n", [nothing, nothing, make, nothing]);
  expect(told).toEqual([
    { type: "sink.failed", sink: "metrics-textfile", reason: expect.stringContaining(directory) },
    { type: "sink.recovered", sink: "metrics-textfile", lost: 0 },
  ]);
});
