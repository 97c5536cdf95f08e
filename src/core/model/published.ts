/** The messages that the agent publishes to a queue: schema/message.schema.json describes them. Pure data. */
import type { LogLevel } from "./log-settings.ts";
import type { Revision } from "./revision.ts";
import type { SyncState, UnitRow } from "./status.ts";

interface MessageFacts {
  /** With the same number, fields may be added, but none is removed or changes its meaning. */
  readonly version: 1;
  readonly host: string;
  /** ISO 8601. */
  readonly at: string;
}

/** One unit, as systemd has it at the moment. */
export interface PublishedUnit
  extends Pick<
    UnitRow,
    | "activeState"
    | "subState"
    | "result"
    | "mainExit"
    | "since"
    | "restarts"
    | "memoryBytes"
    | "cpuNs"
    | "nextElapse"
    | "lastTrigger"
  > {
  readonly unit: string;
  /** False for a unit that agent.yaml names and git does not have. */
  readonly managed: boolean;
  /** What is wrong with it; null when nothing is, and for units that are not managed. */
  readonly finding: { readonly word: string; readonly message: string } | null;
}

export type UnitMessage = MessageFacts & { readonly kind: "unit" } & PublishedUnit;

export type HostMessage = MessageFacts & {
  readonly kind: "host";
  readonly state: SyncState;
  readonly applied: Revision | null;
  readonly appliedAt: string | null;
  /** Differences from what was applied. */
  readonly drift: number;
  /** All of them with one message a host; absent with one message a unit. */
  readonly units?: readonly PublishedUnit[];
};

export type EventMessage = MessageFacts & {
  readonly kind: "event";
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, string | number | boolean | readonly string[]>>;
};

export type PublishedMessage = UnitMessage | HostMessage | EventMessage;
