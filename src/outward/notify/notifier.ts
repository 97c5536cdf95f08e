/**
 * Tells people what is wrong with the host, and when it is over. Events are only the reason to look: what is told follows from
 * the Status and from what was told before. Must not decide what an alert is, and must not know how messages are sent.
 */
import { findAlerts } from "../../core/alerts/find-alerts.ts";
import { emptyChannelMemory } from "../../core/model/alert.ts";
import type { Diagnostic } from "../../core/model/errors.ts";
import type { AgentEvent } from "../../core/model/events.ts";
import type { ChannelSettings } from "../../core/model/notify-settings.ts";
import type { AgentAccess, Integration } from "../../core/ports/integration.ts";
import type { Clock } from "../../core/ports/run.ts";
import type { AlertPort } from "../../core/ports/state.ts";
import { Channel } from "./channel.ts";
import type { Transport } from "./transport.ts";

/** What begins or ends within this time is one message. */
const gatherMs = 10_000;
/** While something goes on to happen more often than this, it is still the same … */
const calmMs = 2_000;
/** … but for no longer than this. */
const longestGatherMs = 30_000;
/** Without any event: for what ends by time, and for what an event did not tell. */
const longestRestMs = 5 * 60_000;
const closeGraceMs = 5_000;

export interface NotifierOptions {
  readonly host: string;
  readonly channels: readonly { readonly settings: ChannelSettings; readonly transport: Transport }[];
  /** @param warn called when what was told cannot be read */
  openStore(warn: (diagnostic: Diagnostic) => void): AlertPort;
  readonly clock: Clock;
  random(): number;
  /** A text with the commands as the agent of this user needs them. */
  nameCommands(text: string): string;
}

export class Notifier implements Integration {
  readonly name = "notify";
  readonly #options: NotifierOptions;
  readonly #stop = new AbortController();
  #channels: readonly Channel[] = [];
  #running: Promise<void> | null = null;
  #saving: Promise<void> = Promise.resolve();
  /** When to look next if nothing happens, milliseconds since the epoch. */
  #dueAtMs = 0;
  /** Set while things happen: when to look in place of that, and when at the latest. */
  #gathering: { readonly untilMs: number; readonly latestMs: number } | null = null;
  /** Ends the rest before a look. */
  #rest = new AbortController();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  emit({ type }: AgentEvent): void {
    if (!isReasonToLook(type)) return;
    const nowMs = this.#options.clock.now();
    if (this.#gathering === null) {
      this.#gathering = { untilMs: nowMs + gatherMs, latestMs: nowMs + longestGatherMs };
      this.#rest.abort();
    } else {
      const { untilMs, latestMs } = this.#gathering;
      this.#gathering = { untilMs: Math.min(latestMs, Math.max(untilMs, nowMs + calmMs)), latestMs };
    }
  }

  async start(agent: AgentAccess): Promise<void> {
    const { channels, clock, host } = this.#options;
    const store = this.#options.openStore(({ file, message, hint = "" }) =>
      agent.tell({ type: "agent.warned", message: `${file}: ${message}`, reason: hint }),
    );
    const { channels: memories } = await store.load();
    this.#channels = channels.map(
      ({ settings, transport }) =>
        new Channel({
          settings,
          transport,
          memory: memories[settings.name] ?? emptyChannelMemory,
          context: { host, nameCommands: (text) => this.#options.nameCommands(text) },
          clock,
          random: () => this.#options.random(),
          tell: (event) => agent.tell(event),
          onSettled: () => this.#settle(store),
        }),
    );
    await this.#warnOfSecrets(agent);
    this.#dueAtMs = clock.now() + gatherMs;
    this.#running = this.#run(agent);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#rest.abort();
    await this.#running;
    await Promise.all(this.#channels.map((channel) => channel.close(closeGraceMs)));
    await this.#saving;
  }

  /** A file that cannot be used is told of now, and not only when the first alert cannot be sent. */
  async #warnOfSecrets(agent: AgentAccess): Promise<void> {
    for (const { settings, transport } of this.#options.channels) {
      try {
        await transport.checkSecrets();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        agent.tell({ type: "agent.warned", message: `notify ${settings.name} cannot send`, reason });
      }
    }
  }

  async #run(agent: AgentAccess): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      const restMs = (this.#gathering?.untilMs ?? this.#dueAtMs) - clock.now();
      // A longer rest than the longest: the clock was set back.
      if (restMs > 0 && restMs <= longestRestMs) {
        await clock.sleep(restMs, this.#rest.signal);
        this.#rest = new AbortController();
        continue;
      }
      this.#gathering = null;
      this.#dueAtMs = clock.now() + longestRestMs;
      await this.#look(agent);
    }
  }

  async #look(agent: AgentAccess): Promise<void> {
    let present: ReturnType<typeof findAlerts>;
    try {
      present = findAlerts(await agent.readStatus());
    } catch {
      // The agent reports why its state cannot be read.
      return;
    }
    if (present === null) this.#lookWithin(gatherMs);
    for (const channel of this.#channels) {
      const dueMs = channel.consider(present);
      if (dueMs !== null) this.#lookWithin(dueMs - this.#options.clock.now());
    }
  }

  #lookWithin(ms: number): void {
    const atMs = this.#options.clock.now() + Math.max(0, ms);
    if (atMs >= this.#dueAtMs) return;
    this.#dueAtMs = atMs;
    this.#rest.abort();
  }

  /** What was told is on the disk before anything else is told. */
  async #settle(store: AlertPort): Promise<void> {
    const channels = Object.fromEntries(this.#channels.map(({ name, memory }) => [name, memory]));
    const save = () => store.save({ version: 1, channels });
    // The agent reports a disk that cannot be written. At worst something is told twice.
    this.#saving = this.#saving.then(save).catch(() => undefined);
    await this.#saving;
    // What has changed meanwhile was not considered.
    this.#lookWithin(gatherMs);
  }
}

const reasons = /^(?:revision|drift|host|rollback|state)\.|^repository\.(?:failed|recovered)$/;

function isReasonToLook(type: AgentEvent["type"]): boolean {
  return reasons.test(type);
}
