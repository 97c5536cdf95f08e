/** Makes text and JSON of a message. Pure; must not know how it is sent. */
import { severityOf, severityOfMessage } from "../../core/alerts/severity.ts";
import type { Alert, AlertMessage } from "../../core/model/alert.ts";
import { digestBytes } from "../../lib/digest.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import type { Outgoing } from "./transport.ts";

/** Of each list. A phone shows less. */
const shownAlerts = 10;
const listedAlerts = 100;
const longestLine = 500;
const idLength = 32;

export interface MessageContext {
  readonly host: string;
  /** Distinguishes messages of several channels. */
  readonly channel: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** A text with the commands as the agent of this user needs them. */
  nameCommands(text: string): string;
}

export function makeOutgoing(message: AlertMessage, context: MessageContext): Outgoing {
  const { host, nowMs } = context;
  const named = nameAllCommands(message, (text) => context.nameCommands(text));
  const title = `${host}: ${makeHeadline(named)}`;
  const text = makeText(named, context.nameCommands("gitops-agent status"));
  return {
    id: makeId(message, context),
    host,
    at: new Date(nowMs).toISOString(),
    message: named,
    severity: severityOfMessage(named),
    title,
    text,
    data: { version: 1, host, title, text, ...listForPrograms(named) },
  };
}

/** The message of `gitops-agent notify test`. */
export function makeTestOutgoing({ host, nowMs }: Pick<MessageContext, "host" | "nowMs">): Outgoing {
  const at = new Date(nowMs).toISOString();
  const title = `${host}: a test of gitops-agent`;
  const text = "Somebody ran gitops-agent notify test. Nothing is wrong, and nothing has to be done.";
  const id = digestBytes(`test ${host} ${at}`).slice(-idLength);
  const data = { version: 1, host, title, text, test: true };
  return { id, host, at, message: null, severity: "info", title, text, data };
}

/** Follows from what is told, so that a try after a restart has the same; a repetition is another message each time. */
function makeId({ begun, still, over }: AlertMessage, { host, channel, nowMs }: MessageContext): string {
  const name = ({ key, about, since }: Alert) => [key, about, since];
  const repeatedAt = still.length > 0 ? nowMs : null;
  const parts = [host, channel, begun.map(name), over.map(name), repeatedAt];
  return digestBytes(JSON.stringify(parts)).slice(-idLength);
}

function nameAllCommands(message: AlertMessage, nameCommands: (text: string) => string): AlertMessage {
  const name = (alert: Alert): Alert => ({
    ...alert,
    hint: alert.hint === null ? null : nameCommands(alert.hint),
    command: nameCommands(alert.command),
  });
  const { begun, still, over } = message;
  return { ...message, begun: begun.map(name), still: still.map(name), over: over.map(name) };
}

function makeHeadline({ begun, still, over }: AlertMessage): string {
  const all = [...begun, ...still, ...over];
  const [first] = all;
  if (first !== undefined && all.length === 1) {
    return oneLine(`${over.length === 1 ? "over: " : still.length === 1 ? "still: " : ""}${first.summary}`);
  }
  const parts = [
    [begun.length, "new"],
    [still.length, "as before"],
    [over.length, "over"],
  ] as const;
  return `${all.length} alerts: ${parts.flatMap(([count, word]) => (count > 0 ? `${count} ${word}` : [])).join(", ")}`;
}

/** @param command the one that shows what is left out */
function makeText(message: AlertMessage, command: string): string {
  const { begun, still, over, missed, silentUntil } = message;
  const notes = [
    missed > 0 ? `${missed} others began and were over before this message.` : "",
    silentUntil === null
      ? ""
      : `So many messages were sent that the next one comes after ${formatTime(silentUntil)}, with all that is left.`,
  ];
  const parts = [
    ...describeSome(begun, command, describe),
    ...describeSome(still, command, (alert) => `still: ${describe(alert)}`),
    ...describeSome(
      over,
      command,
      ({ summary, since }) => `over: ${oneLine(summary)}, since ${formatTime(since)}`,
    ),
    ...notes.filter((note) => note !== ""),
  ];
  return parts.join("\n\n");
}

function describeSome(
  alerts: readonly Alert[],
  command: string,
  describeOne: (alert: Alert) => string,
): readonly string[] {
  const shown = alerts.slice(0, shownAlerts).map(describeOne);
  const more = alerts.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more: ${command}`] : shown;
}

function describe({ summary, since, reason, hint, command }: Alert): string {
  const lines = [summary, `since ${formatTime(since)}`, reason, hint ?? "", `run: ${command}`];
  return lines.flatMap((line) => (line === "" ? [] : oneLine(line))).join("\n");
}

/** Reasons may quote what a program or a commit says. */
function oneLine(text: string): string {
  const line = escapeUnprintable(text);
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
}

function formatTime(at: string): string {
  return `${at.slice(0, 19).replace("T", " ")} UTC`;
}

function listForPrograms({ begun, still, over, missed, silentUntil }: AlertMessage): object {
  const list = (alerts: readonly Alert[]) => ({
    count: alerts.length,
    alerts: alerts.slice(0, listedAlerts).map(describeForPrograms),
  });
  return { begun: list(begun), still: list(still), over: list(over), missed, silentUntil };
}

function describeForPrograms(alert: Alert): object {
  return { ...alert, severity: severityOf[alert.class] };
}
