/** A service that runs as it should, as systemd and as the inventory tell, for tests that vary one thing about it. */
import type { AppliedUnit } from "../../../src/core/model/inventory.ts";
import type { ServiceStatus, UnitStatus } from "../../../src/core/model/unit-status.ts";

/** Microseconds since the epoch. */
export const startedUs = 1_000_000_000_000;
export const secondUs = 1_000_000;

export const runningService: ServiceStatus = {
  mainExit: null,
  nRestarts: 0,
  restarts: [],
  mainStartUs: startedUs,
  mainEndUs: 0,
};

export const runningUnit: UnitStatus = {
  name: "web.service",
  loadState: "loaded",
  activeState: "active",
  subState: "running",
  job: null,
  invocationId: "a".repeat(32),
  unmet: null,
  activeEnterUs: startedUs,
  activeExitUs: 0,
  inactiveEnterUs: 0,
  stateChangeUs: startedUs,
  result: "success",
  memoryCurrentBytes: null,
  cpuUsageNs: null,
  service: runningService,
  timer: null,
};

export const expectedUnit: AppliedUnit = {
  owned: true,
  declared: true,
  masked: false,
  definition: { settings: {}, credentials: {}, files: {} },
  startedWith: "same",
  invocationId: "a".repeat(32),
  pending: null,
  expected: true,
};
