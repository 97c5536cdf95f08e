/** An agent with handlers of the test's choice on sockets of its own, and clients that misbehave. */
import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type AgentHandlers, type AgentServer, serveAgent } from "../../../src/api/server.ts";
import type { SyncOutcome } from "../../../src/api/types.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import type { History } from "../../../src/core/model/history.ts";
import { EventRing } from "../../../src/telemetry/event-ring.ts";
import { inSync, revision } from "../../support/values/status-fixture.ts";

export const status = inSync;

export const history: History = {
  version: 1,
  entries: [
    {
      at: "2025-03-01T10:00:00.000Z",
      outcome: "applied",
      revision,
      signedBy: "alice@example.org",
      applied: revision,
      failure: null,
      actions: [],
      actionCount: 0,
    },
  ],
};
export const applied: SyncOutcome = { version: 1, outcome: "applied", revision, failedUnits: [] };

export const patience = new AbortController().signal;

export class ApiRig {
  readonly base: string;
  runtimeDirectory: string;
  /** What the servers reported as bugs. */
  readonly reported: unknown[] = [];
  /** What the servers stream. */
  readonly events = new EventRing("2026-01-01T00:00:00.000Z", () => 0);
  readonly #servers: AgentServer[] = [];
  readonly #foreign: Server[] = [];

  private constructor(base: string) {
    this.base = base;
    this.runtimeDirectory = path.join(base, "run");
  }

  static async create(): Promise<ApiRig> {
    const base = await mkdtemp(path.join(tmpdir(), "api-"));
    await chmod(base, 0o755);
    return new ApiRig(base);
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
    for (const server of this.#foreign) server.close();
    await rm(this.base, { recursive: true, force: true });
  }

  async serve(
    handlers: Partial<AgentHandlers> = {},
    readersGroupId: number | null = null,
  ): Promise<AgentServer> {
    const server = await serveAgent({
      runtimeDirectory: this.runtimeDirectory,
      readersGroupId,
      handlers: {
        readStatus: async () => status,
        readHistory: async () => history,
        readUnit: async () => {
          throw new AgentError("usage", "no unit is known here");
        },
        runSync: async () => applied,
        ...handlers,
      },
      events: this.events,
      onError: (error) => this.reported.push(error),
    });
    this.#servers.push(server);
    return server;
  }

  socketPath(name: "status" | "control"): string {
    return path.join(this.runtimeDirectory, `${name}.sock`);
  }

  /** Somebody else than the agent listens. */
  async listen(
    name: "status" | "control",
    prepare: (server: Server) => void = () => undefined,
  ): Promise<void> {
    await mkdir(this.runtimeDirectory, { recursive: true });
    const server = createServer();
    prepare(server);
    this.#foreign.push(server);
    await new Promise<void>((resolve) => server.listen(this.socketPath(name), () => resolve()));
  }

  /** A socket file that nobody listens on, as after kill -9. */
  async leaveStaleSocket(name: "status" | "control"): Promise<void> {
    await mkdir(this.runtimeDirectory, { recursive: true });
    const program = `require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
    await new Promise<void>((resolve) => {
      execFile(process.execPath, ["--eval", program, this.socketPath(name)], () => resolve());
    });
    if (!(await lstat(this.socketPath(name))).isSocket()) throw new Error("no socket was left behind");
  }
}

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export function ask(socket: string, method: string, requestPath: string, body = ""): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: socket, method, path: requestPath, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Sends bytes as they are and returns everything that comes back. */
export function sendRaw(socket: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket, () => connection.write(bytes));
    let text = "";
    connection.on("data", (chunk) => {
      text += chunk;
    });
    connection.on("error", reject);
    connection.on("close", () => resolve(text));
  });
}

export async function catchError(promise: Promise<unknown>): Promise<AgentError> {
  const error = await promise.then(
    () => new Error("it succeeded"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw error;
  return error;
}
