/**
 * The lock that lets one agent at a time change a host: an abstract unix socket name, which the kernel frees when its
 * process ends, however it ends. Must not touch the file system except to find out which directory is meant.
 *
 * Limits that follow from abstract names: they belong to a network namespace, so a service with PrivateNetwork= has
 * its own names and does not see the lock of agents outside (do not set it for the agent). And they have no
 * permissions, so a local user can take the name and keep the agent from running, but cannot make it do anything.
 */
import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AgentError } from "../core/model/errors.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";

export interface Lock {
  readonly name: string;
  /** Frees the name; calling it again does nothing. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** How long to wait for another agent to finish, in milliseconds; absent: not at all. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

const pollIntervalMs = 50;

/** The lock name of all agents that use this state directory, by whichever path. The directory should exist. */
export async function lockNameFor(stateDirectory: string): Promise<string> {
  const directory = await realpath(stateDirectory).catch(() => path.resolve(stateDirectory));
  return `gitops-agent-${createHash("sha256").update(directory).digest("hex").slice(0, 32)}`;
}

/**
 * Takes the lock. It does not keep the process alive.
 * @throws AgentError `agent-locked` when another process holds it (still, after `waitMs`)
 * @throws the signal's reason when it is aborted while waiting
 */
export async function acquireLock(name: string, options: LockOptions = {}): Promise<Lock> {
  const deadline = performance.now() + (options.waitMs ?? 0);
  for (;;) {
    options.signal?.throwIfAborted();
    const server = await listenOn(name);
    if (server !== null) return { name, release: () => closeServer(server) };
    if (performance.now() >= deadline) throw lockedError(name);
    await delay(pollIntervalMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

/** Null when the name is taken. */
function listenOn(name: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    // Connections are closed at once: only the name is needed.
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error) => {
      if (errnoOf(error) === "EADDRINUSE") resolve(null);
      else reject(unlockableError(name, error));
    });
    // In a cluster worker a shared handle would let two workers hold the same lock.
    server.listen({ path: `\0${name}`, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function lockedError(name: string): AgentError {
  return new AgentError("agent-locked", "another gitops-agent is changing this host", {
    subject: name,
    hint: `wait until it has finished, or ask the running agent to sync; ss -xlp | grep ${name} shows its process`,
  });
}

function unlockableError(name: string, cause: unknown): AgentError {
  const { what, hint } = explainSystemError(cause);
  return new AgentError("agent-locked", `cannot take the lock that keeps other agents away: ${what}`, {
    subject: name,
    hint,
    cause,
  });
}
