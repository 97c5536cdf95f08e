/** `gitops-agent status --watch`: the status, drawn anew in place whenever something happens, until q or Ctrl-C. */
import { setTimeout as delay } from "node:timers/promises";
import { type AgentClient, connectAgent } from "../../api/client.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { AgentFile } from "../agent-file.ts";
import { findRuntimeDirectory } from "../compose-sockets.ts";
import { stopWithTheReader } from "../interrupt.ts";
import { readScreen } from "../output.ts";
import { fitFrame } from "../render/frame.ts";
import { renderStatus } from "../render/status.ts";
import { hasPerson } from "../terminal.ts";

/** Ages are shown in seconds at first, and units change without an event of the agent. */
const longestPauseMs = 2_000;
/** Events come in bursts. */
const shortestPauseMs = 300;

/** In raw mode the terminal sends Ctrl-C as a key, and no signal. */
const endingKeys = ["q", "Q", "\u0003"];

const enterScreen = "\u001b[?1049h\u001b[?25l";
const leaveScreen = "\u001b[?25h\u001b[?1049l";
const home = "\u001b[H";
const eraseBelow = "\u001b[J";

/** @throws AgentError `usage` without a terminal; `agent-unreachable` when no agent answers at the beginning */
export async function runStatusWatch(file: AgentFile): Promise<ExitCode> {
  if (!hasPerson()) {
    throw new AgentError("usage", "--watch needs a terminal", {
      hint: "for a program: gitops-agent events --follow --json",
    });
  }
  const agent = connectAgent(await findRuntimeDirectory(file));
  const stop = stopWithTheReader();
  await agent.readStatus(stop.signal);
  const wake = new Wake();
  listenToKeys(stop, wake);
  process.stdout.write(enterScreen);
  const following = followForEver(agent, wake, stop.signal);
  try {
    while (!stop.signal.aborted) {
      process.stdout.write(await drawFrame(agent, stop.signal));
      await delay(shortestPauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
      await wake.wait(longestPauseMs - shortestPauseMs, stop.signal);
    }
  } finally {
    stop.abort();
    process.stdout.write(leaveScreen);
    process.stdin.setRawMode(false);
    process.stdin.pause();
    await following;
  }
  return ExitCode.inSync;
}

async function drawFrame(agent: AgentClient, signal: AbortSignal): Promise<string> {
  const screen = { ...readScreen(), now: Date.now() };
  const size = { columns: process.stdout.columns ?? 80, rows: process.stdout.rows ?? 24 };
  try {
    const text = renderStatus(await agent.readStatus(signal), screen);
    return `${home}${fitFrame(text, size, "q ends this")}${eraseBelow}`;
  } catch (error) {
    if (!(error instanceof AgentError) && !signal.aborted) throw error;
    const why = error instanceof AgentError ? `${error.message}; waiting for it\n` : "\n";
    return `${home}${fitFrame(why, size, "q ends this")}${eraseBelow}`;
  }
}

/** Ends a pause early. */
class Wake {
  #wake: () => void = () => undefined;

  now(): void {
    this.#wake();
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const pause = new AbortController();
    this.#wake = () => pause.abort();
    const either = AbortSignal.any([pause.signal, signal]);
    await delay(ms, undefined, { signal: either }).catch(() => undefined);
  }
}

function listenToKeys(stop: AbortController, wake: Wake): void {
  process.stdin.setRawMode(true);
  process.stdin.on("data", (keys: Buffer) => {
    if (endingKeys.some((key) => keys.includes(key))) stop.abort();
    else wake.now();
  });
  process.stdout.on("resize", () => wake.now());
}

async function followForEver(agent: AgentClient, wake: Wake, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await agent.followEvents({ after: null, follow: true, onEvent: () => wake.now() }, signal);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
    }
    await delay(longestPauseMs, undefined, { signal }).catch(() => undefined);
  }
}
