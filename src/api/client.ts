/**
 * The API's client, for the commands. When the agent does not answer, it must throw, and not get the answer in another way.
 */
import { access, constants } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import path from "node:path";
import { isErrorCode } from "../core/model/error-codes.ts";
import { AgentError } from "../core/model/errors.ts";
import type { History } from "../core/model/history.ts";
import type { Status } from "../core/model/status.ts";
import type { SyncRequest } from "../core/model/sync-request.ts";
import type { UnitDetails } from "../core/model/unit-details.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";
import { type EventsQuestion, readEvents } from "./read-events.ts";
import {
  apiVersion,
  everything,
  historyPath,
  type SyncOutcome,
  socketNames,
  statusPath,
  syncPath,
  unitPath,
} from "./types.ts";

/**
 * All methods throw AgentError `agent-unreachable` when no agent answers, when this user may not connect, or when the agent
 * speaks another version; and the AgentError that the agent itself reports. When the signal aborts, they throw its reason;
 * a sync that has begun goes on.
 */
export interface AgentClient {
  readStatus(signal: AbortSignal): Promise<Status>;
  readHistory(signal: AbortSignal): Promise<History>;
  readUnit(name: string, signal: AbortSignal): Promise<UnitDetails>;
  /** Hands over events until the agent ends the stream or the signal aborts. */
  followEvents(
    question: Pick<EventsQuestion, "after" | "follow" | "onEvent">,
    signal: AbortSignal,
  ): Promise<void>;
  /** Resolves when the sync has ended, which takes as long as the units take. */
  requestSync(request: SyncRequest, signal: AbortSignal): Promise<SyncOutcome>;
}

const readTimeoutMs = 10_000;
const readersHint =
  "join the group that may read (usermod -aG gitops-agent NAME, then log in again), or use root";
const maxReplyBytes = 16 * 1024 * 1024;

/** Makes a client. Does not connect yet: each request makes its own connection. */
export function connectAgent(runtimeDirectory: string): AgentClient {
  const read = async <Reply extends { readonly version: typeof apiVersion }>(
    what: string,
    signal: AbortSignal,
  ) =>
    ask<Reply>({
      socketPath: await chooseReadingSocket(runtimeDirectory),
      method: "GET",
      path: what,
      timeoutMs: readTimeoutMs,
      permissionHint: readersHint,
      signal,
    });
  return {
    readStatus: (signal) => read<Status>(statusPath, signal),
    readHistory: (signal) => read<History>(historyPath, signal),
    readUnit: (name, signal) => read<UnitDetails>(`${unitPath}?${new URLSearchParams({ name })}`, signal),
    followEvents: async (question, signal) => {
      const socketPath = await chooseReadingSocket(runtimeDirectory);
      try {
        await readEvents({ ...question, socketPath, signal });
      } catch (error) {
        throw explainUnreachable({ socketPath, permissionHint: readersHint }, error);
      }
    },
    requestSync: (wish, signal) =>
      ask<SyncOutcome>({
        socketPath: path.join(runtimeDirectory, socketNames.control),
        method: "POST",
        path: `${syncPath}?${describeSync(wish)}`,
        timeoutMs: null,
        permissionHint: "only the user that the agent runs as may change something: use sudo",
        signal,
      }),
  };
}

/** A user who may use the control socket also reads over it, because many readers of the status socket cannot fill it. */
async function chooseReadingSocket(runtimeDirectory: string): Promise<string> {
  const control = path.join(runtimeDirectory, socketNames.control);
  try {
    await access(control, constants.W_OK);
    return control;
  } catch {
    return path.join(runtimeDirectory, socketNames.status);
  }
}

function describeSync({ modes, adopt, correct = [], decisions = [] }: SyncRequest): string {
  const query = new URLSearchParams();
  for (const mode of modes) query.append("mode", mode);
  for (const file of adopt) query.append("adopt", file);
  for (const name of correct === "all" ? [everything] : correct) query.append("correct", name);
  for (const decision of decisions) query.append("decision", JSON.stringify(decision));
  return query.toString();
}

interface Question {
  readonly socketPath: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly timeoutMs: number | null;
  readonly permissionHint: string;
  readonly signal: AbortSignal;
}

async function ask<Reply extends { readonly version: typeof apiVersion }>(
  question: Question,
): Promise<Reply> {
  let reply: { status: number; text: string };
  try {
    reply = await exchange(question);
  } catch (error) {
    question.signal.throwIfAborted();
    throw error instanceof AgentError ? error : explainUnreachable(question, error);
  }
  const body = parseObject(reply.text, question);
  if (!hasKnownVersion<Reply>(body)) throw versionMismatch(body["version"], question);
  if (reply.status !== 200) throw toAgentError(body["error"], question);
  return body;
}

function exchange(question: Question): Promise<{ status: number; text: string }> {
  const { socketPath, method, signal } = question;
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path: question.path, signal, agent: false });
    outgoing.once("response", (response) => {
      readText(response, question).then(
        (text) => resolve({ status: response.statusCode ?? 0, text }),
        (error: unknown) => {
          outgoing.destroy();
          reject(error);
        },
      );
    });
    outgoing.on("error", reject);
    if (question.timeoutMs !== null) {
      const seconds = question.timeoutMs / 1000;
      const silence = unreachable(question, `the agent did not answer within ${seconds} s`, busyHint);
      outgoing.setTimeout(question.timeoutMs, () => outgoing.destroy(silence));
    }
    outgoing.end();
  });
}

async function readText(response: IncomingMessage, question: Question): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue;
    length += chunk.length;
    if (length > maxReplyBytes) throw unreachable(question, "the agent's answer is too long", logHint);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseObject(text: string, question: Question): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Reported below, together with JSON that is not an object.
  }
  throw unreachable(question, `what answers on ${question.socketPath} is not the agent`, logHint);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Checks only the version, which fixes the other fields: the agent is trusted as much as this command. */
function hasKnownVersion<Reply>(body: Record<string, unknown>): body is Record<string, unknown> & Reply {
  return body["version"] === apiVersion;
}

const logHint = "look at its log: journalctl -u gitops-agent";
const busyHint = `it may be busy or stuck, or too many ask at once; ${logHint}`;
const otherReleaseHint =
  "they come from different releases; restart the agent: systemctl restart gitops-agent";

function unreachable(
  question: Pick<Question, "socketPath">,
  message: string,
  hint: string,
  cause?: unknown,
): AgentError {
  return new AgentError("agent-unreachable", message, { subject: question.socketPath, hint, cause });
}

function explainUnreachable(
  question: Pick<Question, "socketPath" | "permissionHint">,
  error: unknown,
): AgentError {
  const { socketPath } = question;
  switch (errnoOf(error)) {
    case "ENOENT":
    case "ECONNREFUSED": {
      const hint = `start it with: systemctl start gitops-agent; or ${logHint}`;
      return unreachable(question, `the agent is not running: nobody listens on ${socketPath}`, hint, error);
    }
    case "EACCES":
    case "EPERM":
      return unreachable(question, `no permission to use ${socketPath}`, question.permissionHint, error);
    case "ECONNRESET":
    case "EPIPE":
      return unreachable(question, "the agent hung up before it answered", busyHint, error);
    default:
      return unreachable(
        question,
        `cannot talk to the agent: ${explainSystemError(error).what}`,
        logHint,
        error,
      );
  }
}

function versionMismatch(found: unknown, question: Question): AgentError {
  const spoken = typeof found === "number" ? `version ${found}` : "no version that is known";
  return unreachable(
    question,
    `the agent that runs speaks ${spoken} of the protocol, this command version ${apiVersion}`,
    otherReleaseHint,
  );
}

function toAgentError(error: unknown, question: Question): AgentError {
  const details = isRecord(error) ? error : {};
  const message = typeof details["message"] === "string" ? details["message"] : "the agent reports an error";
  const hint = typeof details["hint"] === "string" ? details["hint"] : logHint;
  const code = details["code"];
  if (code === "not-found") {
    const lacks = `the agent that runs does not know ${question.method} ${question.path}`;
    return unreachable(question, lacks, otherReleaseHint);
  }
  if (typeof code === "string" && isErrorCode(code)) return new AgentError(code, message, { hint });
  return unreachable(question, message, hint);
}
