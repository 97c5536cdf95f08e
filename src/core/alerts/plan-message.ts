/**
 * Decides what a channel says next, from the alerts of now and from what the channel has told: what begins, what is over, what
 * is to be repeated, and whether it may say anything within this hour. Pure; must not send, and must not know how it is sent.
 */
import type { Alert, AlertMessage, ChannelMemory, ToldAlert } from "../model/alert.ts";
import { alertClasses } from "../model/alert.ts";
import type { ChannelSettings } from "../model/notify-settings.ts";
import { matchesGlob } from "../units/glob.ts";

const hourMs = 3_600_000;

/** What decides about messages, of the settings of a channel. */
export type ChannelRules = Pick<ChannelSettings, "on" | "units" | "repeatMs" | "maxPerHour">;

export interface MessageInput {
  readonly rules: ChannelRules;
  readonly memory: ChannelMemory;
  /** Null: what was told is taken to be still so. */
  readonly present: readonly Alert[] | null;
  readonly nowMs: number;
}

export interface PlannedMessage {
  /** Null: nothing is to be said now. */
  readonly message: AlertMessage | null;
  /** To be kept, whether there is a message or not. What the message says counts as told only after `recordSent`. */
  readonly memory: ChannelMemory;
  /** When something may be to be said although nothing changes, milliseconds since the epoch; null: never. */
  readonly dueMs: number | null;
}

export function planMessage({ rules, memory, present, nowMs }: MessageInput): PlannedMessage {
  const wanted = memory.told.filter(({ alert }) => isWanted(alert, rules));
  const now =
    present === null ? wanted.map(({ alert }) => alert) : present.filter((one) => isWanted(one, rules));
  const byKey = new Map(now.map((alert) => [alert.key, alert]));
  const toldByKey = new Map(wanted.map((told) => [told.alert.key, told]));
  const over = wanted.filter(({ alert }) => !byKey.has(alert.key));
  const tellsEnds = rules.on.includes("recovered");
  const begun = now.filter((alert) => toldByKey.get(alert.key)?.alert.about !== alert.about);
  const still = now.filter((alert) => {
    const told = toldByKey.get(alert.key);
    return told !== undefined && told.alert.about === alert.about && isDue(told, rules, nowMs);
  });
  const missed =
    memory.missed + memory.pending.filter((key) => !byKey.has(key) && !toldByKey.has(key)).length;
  const sentAt = memory.sentAt.filter((at) => isWithinHour(at, nowMs));
  const kept: ChannelMemory = {
    told: tellsEnds ? wanted : wanted.filter(({ alert }) => byKey.has(alert.key)),
    sentAt,
    pending: begun.map(({ key }) => key),
    missed,
  };
  const isSilent = rules.maxPerHour !== null && sentAt.length >= rules.maxPerHour;
  const hasNews = begun.length + still.length + (tellsEnds ? over.length : 0) > 0;
  if (isSilent && hasNews) return { message: null, memory: kept, dueMs: endOfSilence(sentAt, nowMs) };
  if (!hasNews) return { message: null, memory: kept, dueMs: nextRepeatMs(wanted, rules) };
  const isLast = rules.maxPerHour !== null && sentAt.length + 1 >= rules.maxPerHour;
  const message: AlertMessage = {
    begun: begun.sort(byWeight),
    still: still.sort(byWeight),
    over: tellsEnds ? over.map(({ alert }) => alert).sort(byWeight) : [],
    missed,
    silentUntil: isLast ? new Date(endOfSilence(sentAt, nowMs)).toISOString() : null,
  };
  return { message, memory: kept, dueMs: null };
}

/** The memory after a message was sent, or refused for good. */
export function recordSent(memory: ChannelMemory, message: AlertMessage, sentMs: number): ChannelMemory {
  const toldAt = new Date(sentMs).toISOString();
  const said = [...message.begun, ...message.still];
  const settled = new Set([...said, ...message.over].map(({ key }) => key));
  const told = [
    ...memory.told.filter(({ alert }) => !settled.has(alert.key)),
    ...said.map((alert): ToldAlert => ({ alert, toldAt })),
  ];
  return {
    told,
    sentAt: [...memory.sentAt, toldAt],
    pending: memory.pending.filter((key) => !settled.has(key)),
    missed: Math.max(0, memory.missed - message.missed),
  };
}

function isWanted({ class: alertClass, units }: Alert, rules: ChannelRules): boolean {
  if (!rules.on.includes(alertClass)) return false;
  const patterns = rules.units;
  if (patterns === null || units.length === 0) return true;
  return units.some((unit) => patterns.some((pattern) => matchesGlob(pattern, unit)));
}

function isDue({ toldAt }: ToldAlert, { repeatMs }: ChannelRules, nowMs: number): boolean {
  if (repeatMs === null) return false;
  const told = Date.parse(toldAt);
  // The clock was set back.
  return told > nowMs || nowMs - told >= repeatMs;
}

function nextRepeatMs(told: readonly ToldAlert[], { repeatMs }: ChannelRules): number | null {
  if (repeatMs === null || told.length === 0) return null;
  return Math.min(...told.map(({ toldAt }) => Date.parse(toldAt))) + repeatMs;
}

function isWithinHour(at: string, nowMs: number): boolean {
  const ms = Date.parse(at);
  return ms <= nowMs && nowMs - ms < hourMs;
}

/** When the oldest message of the last hour does not count any more. */
function endOfSilence(sentAt: readonly string[], nowMs: number): number {
  return Math.min(nowMs, ...sentAt.map((at) => Date.parse(at))) + hourMs;
}

/** What is worst comes first: of a long message only the beginning is shown. */
function byWeight(left: Alert, right: Alert): number {
  const byClass = alertClasses.indexOf(left.class) - alertClasses.indexOf(right.class);
  return byClass !== 0 || left.key === right.key ? byClass : left.key < right.key ? -1 : 1;
}
