/** The ways of sending that are one HTTP request with a text: ntfy, Slack and those that are like it, Matrix. */
import { AgentError } from "../../core/model/errors.ts";
import type { MatrixWay, NtfyWay, SlackWay, UrlSource } from "../../core/model/notify-settings.ts";
import { readSecretFile } from "../secret-file.ts";
import { post } from "./http.ts";
import type { Outgoing, Transport } from "./transport.ts";

/** ntfy makes an attachment of a message with more than 4,096 bytes; a character has at most 4. */
const longestNtfy = 1_000;
const longestSlack = 3_500;

const json = { "content-type": "application/json" };

/** @throws AgentError `integration-secret` when the file cannot be used */
export async function readUrl(source: UrlSource): Promise<URL> {
  if (source.kind === "plain") return new URL(source.url);
  const text = await readSecretFile(source.path);
  if (/^https?:\/\/\S+$/.test(text) && URL.canParse(text)) return new URL(text);
  throw new AgentError("integration-secret", `${source.path} does not hold an http or https URL`, {
    subject: source.path,
    hint: "write the URL alone into it, on one line",
  });
}

/** @throws AgentError `integration-secret` when the file cannot be used */
export async function readToken(file: string | null): Promise<string | null> {
  return file === null ? null : await readSecretFile(file);
}

export function bearer(token: string | null): Readonly<Record<string, string>> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** The file that says who may send; null when there is none. */
export function credentialFile(source: UrlSource, tokenFile: string | null): string | null {
  return tokenFile ?? (source.kind === "file" ? source.path : null);
}

const ntfyPriorities = { critical: 5, warning: 4, info: 3 } as const;

/** As ntfy's documentation says under "Publish as JSON": the topic is in the body, since a header has ASCII only. */
export function makeNtfy({ url: source, tokenFile }: NtfyWay): Transport {
  const read = () => Promise.all([readUrl(source), readToken(tokenFile)]);
  return {
    checkSecrets: async () => void (await read()),
    send: async ({ title, text, severity }, signal) => {
      const [url, token] = await read();
      const parts = url.pathname.split("/");
      const topic = parts.pop() ?? "";
      const server = new URL(`${parts.join("/")}/`, url);
      const priority = ntfyPriorities[severity];
      const body = JSON.stringify({ topic, title, message: clip(text, longestNtfy), priority });
      const secrets = [token ?? "", source.kind === "file" ? topic : ""];
      const credential = credentialFile(source, tokenFile);
      return post({ url: server, headers: { ...json, ...bearer(token) }, body, credential, secrets }, signal);
    },
  };
}

/** An incoming webhook of Slack; Mattermost takes the same, and Discord at URL/slack. */
export function makeSlack({ url: source }: SlackWay): Transport {
  return {
    checkSecrets: async () => void (await readUrl(source)),
    send: async ({ title, text }, signal) => {
      const url = await readUrl(source);
      const body = JSON.stringify({
        text: `*${escapeSlack(title)}*\n${escapeSlack(clip(text, longestSlack))}`,
      });
      return post(
        { url, headers: json, body, credential: credentialFile(source, null), secrets: [] },
        signal,
      );
    },
  };
}

/** Nothing in a message may become a link, or call everybody (Slack: "Formatting text"; Discord: @everyone). */
function escapeSlack(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return escaped.replace(/@(?=everyone|here|channel|all)/g, "@\u200b");
}

/** Matrix, Client-Server API: PUT /rooms/{roomId}/send/{eventType}/{txnId}. A try with the same id is not shown twice. */
export function makeMatrix({ url: server, room, tokenFile }: MatrixWay): Transport {
  return {
    checkSecrets: async () => void (await readSecretFile(tokenFile)),
    send: async (outgoing, signal) => {
      const token = await readSecretFile(tokenFile);
      const base = server.replace(/\/+$/, "");
      const path = `_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${outgoing.id}`;
      const request = {
        method: "PUT",
        url: new URL(`${base}/${path}`),
        headers: { ...json, ...bearer(token) },
        body: JSON.stringify({ msgtype: "m.text", body: joinText(outgoing) }),
        credential: tokenFile,
        secrets: [token],
      } as const;
      return post(request, signal);
    },
  };
}

function joinText({ title, text }: Outgoing): string {
  return `${title}\n\n${text}`;
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
