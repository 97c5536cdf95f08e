/**
 * Drives src/systemd inside a test machine: takes steps as JSON in its first argument and prints what each came to as a list
 * in JSON, Maps as objects. All steps share one manager, so that a later one sees what an earlier one did to its connection.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { AgentError } from "../../../src/core/model/errors.ts";
import { makeSystemLayout, systemPaths } from "../../../src/core/model/system-layout.ts";
import type { JobRequest } from "../../../src/core/ports/systemd.ts";
import { SystemdManager, type SystemdManagerOptions } from "../../../src/systemd/manager.ts";
import { createNotifier } from "../../../src/systemd/notify.ts";

export type DriverStep =
  | {
      readonly do: "readUnits" | "readStatus" | "readLoaded" | "listLoaded" | "listExisting";
      readonly names: readonly string[];
    }
  | { readonly do: "reload" }
  /** Runs `meanwhile` from when the jobs were asked for; aborts when it has ended if `abort` is set. */
  | {
      readonly do: "runJobs";
      readonly jobs: readonly JobRequest[];
      /** Default: 5 minutes. */
      readonly timeoutMs?: number;
      readonly meanwhile?: readonly string[];
      readonly abort?: boolean;
    }
  | { readonly do: "command"; readonly argv: readonly string[] }
  /** Becomes ready, and shows `status` until it is told to stop. */
  | { readonly do: "notify"; readonly status: string };

interface DriverFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Of the one manager that all steps use; default: the system's. */
export type DriverOptions = Partial<SystemdManagerOptions>;

interface DriverInput extends DriverOptions {
  readonly steps: readonly DriverStep[];
}

async function runStep(manager: SystemdManager, step: DriverStep): Promise<unknown> {
  switch (step.do) {
    case "readLoaded":
      return Object.fromEntries(await manager.readLoaded(step.names));
    case "readUnits":
      return Object.fromEntries(await manager.readUnits(step.names));
    case "readStatus":
      return Object.fromEntries(await manager.readStatus(step.names));
    case "listLoaded":
      return await manager.listLoaded(step.names);
    case "listExisting":
      return [...(await manager.listExisting(step.names))];
    case "reload":
      return await manager.reload();
    case "runJobs":
      return await runJobs(manager, step);
    case "command":
      return runCommand(step.argv);
    case "notify":
      return await notifyUntilStopped(step.status);
  }
}

async function runJobs(
  manager: SystemdManager,
  { jobs, timeoutMs = 300_000, meanwhile, abort = false }: Extract<DriverStep, { do: "runJobs" }>,
): Promise<unknown> {
  const controller = new AbortController();
  const running = manager.runJobs(jobs, timeoutMs, controller.signal);
  if (meanwhile !== undefined) {
    const [program = "", ...args] = meanwhile;
    await once(spawn(program, args, { stdio: ["ignore", 2, 2] }), "close");
    if (abort) controller.abort();
  }
  return await running;
}

function runCommand([program = "", ...args]: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", 2] });
}

async function notifyUntilStopped(status: string): Promise<void> {
  const notifier = createNotifier(process.env, (error) => process.stderr.write(`${error.message}\n`));
  await notifier.ready(status);
  const stopWatchdog = notifier.startWatchdog(() => true);
  const keepAlive = setInterval(() => {}, 60_000);
  await once(process, "SIGTERM");
  clearInterval(keepAlive);
  stopWatchdog();
  await notifier.stopping("stopping as asked");
}

function describeError(error: unknown): DriverFailure {
  if (!(error instanceof AgentError)) throw error;
  return { code: error.code, message: error.message, hint: error.hint };
}

const { steps, ...options } = JSON.parse(process.argv[2] ?? "") as DriverInput;
const manager = new SystemdManager({ ...makeSystemLayout(systemPaths), ...options });
const results: unknown[] = [];
for (const step of steps) {
  results.push(await runStep(manager, step).catch((error: unknown) => ({ error: describeError(error) })));
}
await manager.close();
process.stdout.write(`${JSON.stringify(results)}\n`);
