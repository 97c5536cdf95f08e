/**
 * Runs commands in transient units (org.freedesktop.systemd1(5), StartTransientUnit()). So systemd gives each a clean
 * environment, a control group, a time-out and a journal, and the agent's sandbox does not bind it. Must not choose commands.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { CommandRequest } from "../../core/ports/systemd.ts";
import type { Bus } from "../bus/bus.ts";
import { BusError } from "../bus/bus-error.ts";
import { listUnitsByNames, resetFailed, startTransientUnit, type UnitRow } from "../bus/manager-calls.ts";
import { readProperties } from "../read/properties.ts";
import { JobWatch } from "./job-watch.ts";

/** How long a command may take to end after SIGTERM, before systemd kills it. */
const stopMs = 10_000;
/** How much longer than systemd's own limits the agent waits. */
const marginMs = 10_000;
/** As often as an earlier run may be in the way of a new one. */
const maxTries = 3;
const pauseMs = 100;

/** As `runCommand` of ManagerPort. */
export async function runCommand(bus: Bus, request: CommandRequest): Promise<string | null> {
  const watch = new JobWatch(bus);
  const ended = new AbortController();
  const limitMs = maxTries * (request.timeoutMs + stopMs + marginMs);
  try {
    await watch.subscribe();
    return await Promise.race([
      run(bus, watch, request),
      delay(limitMs, "systemd has not told how it ended", { signal: ended.signal }),
    ]);
  } finally {
    ended.abort();
    watch.close();
  }
}

async function run(bus: Bus, watch: JobWatch, request: CommandRequest): Promise<string | null> {
  for (let tries = 1; ; tries += 1) {
    await awaitEarlierRun(bus, watch, request.unit);
    // One that failed stays loaded, and its name cannot be used again before that.
    await resetFailed(bus, [request.unit]);
    try {
      const job = await startTransientUnit(bus, request.unit, describe(request));
      const result = await watch.waitForEnd(job);
      return result === "done" ? null : await explainEnd(bus, request, result);
    } catch (error) {
      if (!(error instanceof BusError) || error.failure !== "refused") throw error;
      const isInTheWay = error.dbusName === "org.freedesktop.systemd1.UnitExists";
      if (!isInTheWay || tries === maxTries) return error.reason;
      await delay(pauseMs);
    }
  }
}

/** Waits for the end of a run that an agent which was killed has begun: its start job lasts as long as the command. */
async function awaitEarlierRun(bus: Bus, watch: JobWatch, unit: string): Promise<void> {
  const row = await readRow(bus, unit);
  if (row?.job != null) await watch.waitForEnd(row.job.path);
}

async function readRow(bus: Bus, unit: string): Promise<UnitRow | undefined> {
  const [row] = await listUnitsByNames(bus, [unit]);
  return row;
}

function describe({
  description,
  command,
  timeoutMs,
}: CommandRequest): Parameters<typeof startTransientUnit>[2] {
  const [program = ""] = command;
  // systemd.service(5), "Command lines": $$ stands for a dollar sign. ExecStartEx= with `no-env-expand` would say the same, but
  // systemd 252 cannot read it back from the unit's file after a daemon-reload.
  const argv = command.map((word) => word.replaceAll("$", "$$$$"));
  return [
    ["Description", "s", description],
    ["Type", "s", "oneshot"],
    // One that ended well is forgotten at once; one that failed is kept, so that it can be asked how.
    ["CollectMode", "s", "inactive"],
    ["TimeoutStartUSec", "t", BigInt(Math.ceil(timeoutMs)) * 1000n],
    ["TimeoutStopUSec", "t", BigInt(stopMs) * 1000n],
    ["ExecStart", "a(sasb)", [[program, argv, false]]],
  ];
}

/** systemd.exec(5), "Process exit codes": the program could not be executed. */
const notExecuted = 203;
/** The codes of waitid(2) in ExecMainCode: the process exited by itself. */
const exited = 1;

/** @param result how the job ended; null when no signal told */
async function explainEnd(bus: Bus, request: CommandRequest, result: string | null): Promise<string | null> {
  const row = await readRow(bus, request.unit);
  if (row === undefined || row.activeState !== "failed") {
    // A unit that is gone ended well, see CollectMode= above.
    return result === null ? null : `systemd ended its job with the result ${result}`;
  }
  const { Result, ExecMainCode, ExecMainStatus } = await readProperties(bus, row, [
    "Result",
    "ExecMainCode",
    "ExecMainStatus",
  ]);
  await resetFailed(bus, [request.unit]);
  if (Result === "timeout") return `it had not ended after ${request.timeoutMs / 1000} s`;
  if (ExecMainCode !== exited) return `${Result}, signal ${ExecMainStatus}`;
  if (ExecMainStatus === notExecuted) return `${request.command[0]} cannot be executed (exit status 203)`;
  return `exit status ${ExecMainStatus}`;
}
