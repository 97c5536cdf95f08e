/**
 * Listens for webhooks of a forge: a push that is told need not wait for the next poll. A webhook is a hint and nothing else: what is
 * applied comes from the repository, by the same trust as ever.
 */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AgentAccess, Integration } from "../../core/ports/integration.ts";
import type { Clock } from "../../core/ports/run.ts";
import { HttpListener, type Listen, sendText } from "../http-listener.ts";
import { readSecretFile } from "../secret-file.ts";
import { Hints } from "./hints.ts";
import { readMeaning } from "./message.ts";
import { isSigned } from "./signature.ts";

/** A push of some hundred commits; what is larger is found by the next poll. */
const maxBodyBytes = 1024 * 1024;
/** Wrong requests are reported this often at most, since whoever reaches the port can send them. */
const reportPauseMs = 15 * 60_000;

export interface WebhookOptions {
  readonly listen: Listen;
  readonly secretFile: string;
  /** See HintOptions. */
  readonly jitterMs: number;
  /** The ref that this host follows; null: it follows one commit. */
  readonly followed: string | null;
  readonly clock: Clock;
  random(): number;
}

export class Webhook implements Integration {
  readonly name = "webhook";
  readonly #options: WebhookOptions;
  #listener: HttpListener | null = null;
  #hints: Hints | null = null;
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  emit(): void {
    // Nothing that the agent does is told here.
  }

  /** @throws AgentError `integration-secret` */
  async start(agent: AgentAccess): Promise<void> {
    const { listen, secretFile, jitterMs, clock, random } = this.#options;
    await readSecretFile(secretFile);
    const hints = new Hints({ jitterMs, clock, random: () => random(), hint: () => agent.hintPush() });
    this.#hints = hints;
    this.#listener = new HttpListener({
      name: this.name,
      listen,
      answer: (request, response) => this.#answer(request, response, hints, agent),
      tell: (event) => agent.tell(event),
      clock,
    });
    await this.#listener.open();
  }

  async close(): Promise<void> {
    this.#hints?.close();
    await this.#listener?.close();
  }

  /** The answers say nothing about the agent to somebody who does not know the secret. */
  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    hints: Hints,
    agent: AgentAccess,
  ): Promise<void> {
    if (request.method !== "POST") return sendText(response, 405, "only POST\n");
    const body = await readBody(request);
    if (body === null) return sendText(response, 413, "too large\n");
    const secret = await readSecretFile(this.#options.secretFile);
    if (!isSigned(request.headers, body, secret)) {
      this.#report(agent, request.socket.remoteAddress ?? "an unknown address");
      return sendText(response, 401, "not signed\n");
    }
    const meaning = readMeaning(request.headers, body, this.#options.followed);
    if (meaning === "push") hints.take();
    sendText(response, meaning === "push" ? 202 : 200, `${answers[meaning]}\n`);
  }

  #report(agent: AgentAccess, sender: string): void {
    const nowMs = this.#options.clock.now();
    if (nowMs - this.#reportedMs < reportPauseMs) return;
    this.#reportedMs = nowMs;
    const message = "a webhook was refused, because its signature is missing or wrong";
    const reason = `it came from ${sender}; the secret of the forge must be the one in ${this.#options.secretFile}`;
    agent.tell({ type: "agent.warned", message, reason });
  }
}

const answers = { push: "accepted", ping: "here", other: "ignored" } as const;

/** The whole body; null when it is too large. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  request.on("data", (chunk: Uint8Array) => {
    length += chunk.length;
    if (length > maxBodyBytes) chunks.length = 0;
    else chunks.push(chunk);
  });
  // The rest of a body that is too large is read and thrown away, so that the sender gets its answer.
  await once(request, "end");
  return length > maxBodyBytes ? null : Buffer.concat(chunks);
}
