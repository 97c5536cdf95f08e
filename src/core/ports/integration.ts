/** What an integration is, and what it may ask of the agent. Contracts only. */
import type { AgentEvent } from "../model/events.ts";
import type { Status } from "../model/status.ts";
import type { UnitStatus } from "../model/unit-status.ts";
import type { NamedSink } from "./run.ts";

/**
 * Something outside that learns what the agent does and how the host is, or asks it to look at the repository: metrics, a
 * queue, alerts, a forge, webhooks. It gets every event, as each sink does. It can neither hold up a round nor make one fail.
 */
export interface Integration extends NamedSink {
  /**
   * Begins to work. Called once, before the first round; events may come before it. Does not wait for anything outside of this
   * host.
   * @throws AgentError when it cannot work at all. The agent reports that, and runs without this integration.
   */
  start(agent: AgentAccess): Promise<void>;
  /** Ends: sends what still waits, for a few seconds at most. Called once, when the agent stops, if `start` has succeeded. */
  close(): Promise<void>;
}

/** All that an integration can have of the agent. */
export interface AgentAccess {
  /** Asks systemd for every managed unit: not for every event. */
  readStatus(): Promise<Status>;
  /**
   * The units in systemd's memory that match one of these names and patterns, and are not managed. Loads none.
   * @throws AgentError `systemd-unreachable`
   */
  readOthers(patterns: readonly string[]): Promise<readonly UnitStatus[]>;
  /** A hint that the repository has news. The next round asks it, as a poll does. Nothing follows from how often it is called. */
  hintPush(): void;
  /** Reports how the integration itself fares: `sink.failed`, `sink.recovered`, `agent.warned`. */
  tell(event: AgentEvent): void;
}
