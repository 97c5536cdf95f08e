/** What agent.yaml says about alerts: to whom which of them are sent, and how. Pure data. */
import type { AlertClass } from "./alert.ts";

/** `recovered`: also that an alert is over. */
export type NotifyEvent = AlertClass | "recovered";

/** A URL, or the file that has it as its only line because the URL itself is a secret. */
export type UrlSource =
  | { readonly kind: "plain"; readonly url: string }
  | { readonly kind: "file"; readonly path: string };

export interface ChannelSettings {
  /** Unique among the channels. */
  readonly name: string;
  readonly on: readonly NotifyEvent[];
  /** Names and patterns. An alert about other units is not sent; one about no unit is. Null: about any unit. */
  readonly units: readonly string[] | null;
  /** After so many milliseconds an alert that lasts is sent again; null: never. */
  readonly repeatMs: number | null;
  /** Null: as many as there are. */
  readonly maxPerHour: number | null;
  readonly way: NotifyWay;
}

/** How messages are sent. Paths are absolute. */
export type NotifyWay = AlertmanagerWay | WebhookWay | NtfyWay | SlackWay | MatrixWay | EmailWay | CommandWay;

export interface AlertmanagerWay {
  readonly kind: "alertmanager";
  /** Without `/api/v2/alerts`. */
  readonly url: string;
  /** With a bearer token; null: none is sent. */
  readonly tokenFile: string | null;
}

export interface WebhookWay {
  readonly kind: "webhook";
  readonly url: UrlSource;
  /** With the key that messages are signed with; null: they are not signed. */
  readonly secretFile: string | null;
  /** With a bearer token; null: none is sent. */
  readonly tokenFile: string | null;
}

export interface NtfyWay {
  readonly kind: "ntfy";
  /** With the topic as the last part of its path. */
  readonly url: UrlSource;
  readonly tokenFile: string | null;
}

export interface SlackWay {
  readonly kind: "slack";
  readonly url: UrlSource;
}

export interface MatrixWay {
  readonly kind: "matrix";
  /** The homeserver. */
  readonly url: string;
  /** The id of a room: `!opaque:server`. */
  readonly room: string;
  readonly tokenFile: string;
}

export interface EmailWay {
  readonly kind: "email";
  readonly server: string;
  readonly port: number;
  /** `starttls` requires the server to offer it. */
  readonly tls: "tls" | "starttls" | "none";
  /** A file with the certificates to trust; null: those of Node. */
  readonly caFile: string | null;
  readonly login: { readonly user: string; readonly passwordFile: string } | null;
  readonly from: string;
  readonly to: readonly string[];
}

export interface CommandWay {
  readonly kind: "command";
  readonly run: readonly string[];
  /** What the command reads from its standard input. */
  readonly input: "json" | "text";
  readonly timeoutMs: number;
}
