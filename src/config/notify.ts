/** `notify:` of agent.yaml → the settings of channels, with every default filled in. */
import type { z } from "zod";
import type { ChannelSettings, NotifyWay, UrlSource } from "../core/model/notify-settings.ts";
import { parseDurationMs } from "../lib/duration.ts";
import { agentDefaults } from "./agent-defaults.ts";
import type { notifyList } from "./notify-schema.ts";

type Entry = z.output<typeof notifyList>[number];

const defaultPorts = { starttls: 587, tls: 465, none: 25 } as const;

export function toChannels(entries: readonly Entry[]): readonly ChannelSettings[] {
  return entries.flatMap((entry) => {
    const way = toWay(entry);
    return way === null ? [] : [toChannel(entry, way)];
  });
}

function toChannel(entry: Entry, way: NotifyWay): ChannelSettings {
  const isAlertmanager = way.kind === "alertmanager";
  const repeat = entry.repeat ?? (isAlertmanager ? agentDefaults.alertmanagerRepeat : "");
  return {
    name: entry.name ?? way.kind,
    on: entry.on ?? agentDefaults.notifyOn,
    units: entry.units ?? null,
    repeatMs: parseDurationMs(repeat),
    maxPerHour: isAlertmanager ? null : (entry["max-per-hour"] ?? agentDefaults.notifyMaxPerHour),
    way,
  };
}

/** Null never happens: the schema wants exactly one way. */
function toWay({ alertmanager, webhook, ntfy, slack, matrix, email, command }: Entry): NotifyWay | null {
  if (alertmanager !== undefined) {
    return { kind: "alertmanager", url: alertmanager.url, tokenFile: alertmanager["token-file"] ?? null };
  }
  if (webhook !== undefined) {
    const files = { secretFile: webhook["secret-file"] ?? null, tokenFile: webhook["token-file"] ?? null };
    return { kind: "webhook", url: toUrl(webhook), ...files };
  }
  if (ntfy !== undefined) return { kind: "ntfy", url: toUrl(ntfy), tokenFile: ntfy["token-file"] ?? null };
  if (slack !== undefined) return { kind: "slack", url: toUrl(slack) };
  if (matrix !== undefined) {
    return { kind: "matrix", url: matrix.url, room: matrix.room, tokenFile: matrix["token-file"] };
  }
  if (email !== undefined) return toEmail(email);
  if (command === undefined) return null;
  const timeoutMs = parseDurationMs(command.timeout ?? agentDefaults.notifyTimeout) ?? 0;
  return { kind: "command", run: command.run, input: command.input ?? "json", timeoutMs };
}

function toUrl({
  url,
  "url-file": path,
}: {
  readonly url?: string | undefined;
  readonly "url-file"?: string | undefined;
}): UrlSource {
  return path === undefined ? { kind: "plain", url: url ?? "" } : { kind: "file", path };
}

function toEmail(email: NonNullable<Entry["email"]>): NotifyWay {
  const { server, from, to, user, "password-file": passwordFile } = email;
  const tls = email.tls ?? "starttls";
  const login = user === undefined || passwordFile === undefined ? null : { user, passwordFile };
  const port = email.port ?? defaultPorts[tls];
  return { kind: "email", server, port, tls, caFile: email["ca-file"] ?? null, login, from, to };
}
