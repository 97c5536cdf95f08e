/** `gitops-agent suspend` and `resume`: tell the agent to leave the host as it is, or to go on. */
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import { parseDurationMs } from "../../lib/duration.ts";
import type { AgentFile } from "../agent-file.ts";
import { findInvokingUser } from "../invoking-user.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderHeld } from "../render/held.ts";
import { createPainter } from "../render/style.ts";
import { readStatus } from "./status.ts";
import { requestSync, runSync } from "./sync.ts";

interface SuspendOptions {
  readonly config: AgentFile;
  readonly json: boolean;
  /** A span in systemd's notation; null: until somebody resumes. */
  readonly duration: string | null;
  readonly because: string | null;
}

/**
 * Suspends the host. Returns when a round that was under way has ended, so nothing is applied any more.
 * @throws AgentError `usage` for a span that is none
 */
export async function runSuspend({ config, json, duration, because }: SuspendOptions): Promise<ExitCode> {
  const until = duration === null ? null : findEnd(duration, Date.now());
  const decision = { kind: "suspend", by: findInvokingUser(process.env), because, until } as const;
  const outcome = await requestSync({
    config,
    json,
    request: { modes: [], adopt: [], decisions: [decision] },
  });
  const status = await readStatus(config);
  const { suspended = null } = status.sync;
  if (suspended === null) {
    const failure = outcome.outcome === "failed" ? outcome.failure.message : "it was resumed meanwhile";
    throw new AgentError("sync-failed", `this host is not suspended: ${failure}`);
  }
  if (json) writeJson({ version: 1, suspended });
  else {
    const screen = readScreen();
    const lines = renderHeld(status, { ...screen, now: Date.now() }, createPainter(screen.colour));
    writeText(`${lines.join("\n")}\n`);
  }
  return ExitCode.inSync;
}

function findEnd(duration: string, nowMs: number): string {
  const ms = parseDurationMs(duration);
  if (ms !== null && ms > 0 && Number.isFinite(new Date(nowMs + ms).getTime())) {
    return new Date(nowMs + ms).toISOString();
  }
  throw new AgentError("usage", `${duration} is not a time span`, {
    hint: "write for instance 30min, 2h or 1d",
  });
}

/** Ends a suspension and a rollback, and syncs. */
export async function runResume(options: {
  readonly config: AgentFile;
  readonly json: boolean;
}): Promise<ExitCode> {
  const decision = { kind: "resume", by: findInvokingUser(process.env) } as const;
  return runSync({ ...options, request: { modes: [], adopt: [], decisions: [decision] } });
}
