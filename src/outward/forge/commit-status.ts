/**
 * Tells the forge how far this host is with a commit, as a commit status. Follows the Status and not single events, so that the last
 * state is right whatever was missed. Must not be needed by anything.
 */
import { type CommitState, isUnderWay, judgeCommit } from "../../core/health/commit-state.ts";
import type { AgentEvent } from "../../core/model/events.ts";
import type { CommitStatusSettings } from "../../core/model/integration-settings.ts";
import type { AgentAccess, Integration } from "../../core/ports/integration.ts";
import type { Clock } from "../../core/ports/run.ts";
import { Delivery, type Sent } from "../delivery.ts";
import { type HttpAnswer, hostOf, sendHttp } from "../http-client.ts";
import { readSecretFile } from "../secret-file.ts";
import { isTaken, makeStatusRequest } from "./forges.ts";

/** Events of one sync come together; the last of them is followed by what it leads to. */
const quietMs = 1_000;
/** How often an attempt that is under way is looked at. */
const underWayMs = 5_000;
const closeGraceMs = 3_000;
const maxWaiting = 20;

export interface CommitStatusOptions {
  readonly settings: CommitStatusSettings;
  readonly host: string;
  readonly clock: Clock;
  random(): number;
}

export class CommitStatuses implements Integration {
  readonly name = "commit status";
  readonly #options: CommitStatusOptions;
  readonly #stop = new AbortController();
  #delivery: Delivery<CommitState> | null = null;
  #agent: AgentAccess | null = null;
  #looking: Promise<void> | null = null;
  #isLookDue = false;
  #told = "";

  constructor(options: CommitStatusOptions) {
    this.#options = options;
  }

  emit({ type }: AgentEvent): void {
    if (type.startsWith("revision.") || type === "rollback.failed" || type === "repository.polled")
      this.#look();
  }

  /** @throws AgentError `integration-secret` */
  async start(agent: AgentAccess): Promise<void> {
    const { settings, clock, random } = this.#options;
    await readSecretFile(settings.tokenFile);
    this.#agent = agent;
    this.#delivery = new Delivery<CommitState>({
      name: this.name,
      limit: maxWaiting,
      keyOf: ({ commit }) => commit,
      send: (state, signal) => this.#send(state, signal),
      tell: (event) => agent.tell(event),
      clock,
      random: () => random(),
    });
    this.#look();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    await this.#delivery?.close(closeGraceMs);
  }

  #look(): void {
    this.#isLookDue = true;
    if (this.#agent !== null) this.#looking ??= this.#follow(this.#agent);
  }

  /** Looks until nothing is under way any more. */
  async #follow(agent: AgentAccess): Promise<void> {
    const { signal } = this.#stop;
    let pauseMs: number | null = quietMs;
    while (pauseMs !== null && !signal.aborted) {
      await this.#options.clock.sleep(pauseMs, signal);
      this.#isLookDue = false;
      const isLeft = await this.#lookOnce(agent);
      pauseMs = this.#isLookDue ? quietMs : isLeft ? underWayMs : null;
    }
    this.#looking = null;
  }

  /** @returns whether the state will change without a further event */
  async #lookOnce(agent: AgentAccess): Promise<boolean> {
    try {
      const status = await agent.readStatus();
      const state = judgeCommit(status);
      const text = JSON.stringify(state);
      if (state !== null && text !== this.#told) this.#delivery?.push(state);
      this.#told = text;
      return isUnderWay(status);
    } catch {
      // The status could not be read; the agent reports why.
      return true;
    }
  }

  async #send(state: CommitState, signal: AbortSignal): Promise<Sent> {
    const { settings, host } = this.#options;
    const token = await readSecretFile(settings.tokenFile);
    const answer = await sendHttp(makeStatusRequest(settings, token, host, state), signal);
    if (isTaken(settings, answer)) return { outcome: "sent" };
    const reason = explainRefusal(settings, answer);
    // The server is busy or broken: later it may take the same.
    if (answer.status >= 500 || answer.status === 429) throw new Error(reason);
    return { outcome: "refused", reason };
  }
}

function explainRefusal(
  { apiUrl, tokenFile, project }: CommitStatusSettings,
  { status }: HttpAnswer,
): string {
  const where = `${hostOf(apiUrl)} answers ${status}`;
  if (status === 401) return `${where}: it does not know the token in ${tokenFile}`;
  if (status === 403)
    return `${where}: the token in ${tokenFile} may not write commit statuses of ${project}`;
  if (status === 404)
    return `${where}: there is no ${project} for the token in ${tokenFile}, or the commit is not there`;
  return `${where}: the status of a commit of ${project} was not taken`;
}
