import { expect, test } from "vitest";
import type { ManagerPort } from "../../../src/core/ports/systemd.ts";
import { SystemdManager } from "../../../src/systemd/manager.ts";
import { layout } from "../../support/values/scenario.ts";

test("the manager does not connect when there is nothing to ask", async () => {
  // Structural conformance to the port is checked by the compiler here.
  const manager: ManagerPort = new SystemdManager({ ...layout, busAddress: "unix:path=/nowhere" });
  expect(await manager.readUnits([])).toEqual(new Map());
  expect(await manager.readUnits(["worker@.service"])).toHaveProperty("size", 1);
  expect(await manager.listLoaded([])).toEqual([]);
  expect(await manager.runJobs([], 1000, new AbortController().signal)).toEqual([]);
});

test("the manager throws that systemd cannot be reached before any job was queued", async () => {
  const manager = new SystemdManager({ ...layout, busAddress: "unix:path=/nowhere" });
  const jobs = [{ unit: "web.service", verb: "start" as const }];
  await expect(manager.runJobs(jobs, 1000, new AbortController().signal)).rejects.toMatchObject({
    code: "systemd-unreachable",
  });
});

test("an address that is none, or of a kind that node cannot open, is an unreachable systemd and no crash", async () => {
  for (const busAddress of ["", "nonsense", "unix:abstract=x", "carrier-pigeon:coop=3"]) {
    await expect(new SystemdManager({ ...layout, busAddress }).reload()).rejects.toMatchObject({
      code: "systemd-unreachable",
    });
  }
});
