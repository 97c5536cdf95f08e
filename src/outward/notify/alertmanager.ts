/**
 * Posts alerts to a Prometheus Alertmanager (API v2). Each message has what begins, what lasts and what is over; the channel
 * repeats what lasts, as Prometheus does, because Alertmanager forgets an alert whose end has passed.
 */
import { severityOf } from "../../core/alerts/severity.ts";
import type { Alert } from "../../core/model/alert.ts";
import type { AlertmanagerWay } from "../../core/model/notify-settings.ts";
import { post } from "./http.ts";
import { bearer, readToken } from "./http-transports.ts";
import type { Answered, Outgoing, Transport } from "./transport.ts";

/** An alert ends by itself when it was not sent again for so many repeats. */
const endsAfterRepeats = 4;
const alertsAtOnce = 200;

interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** @param repeatMs how often alerts that last are sent again */
export function makeAlertmanager({ url: server, tokenFile }: AlertmanagerWay, repeatMs: number): Transport {
  const url = new URL(`${server.replace(/\/+$/, "")}/api/v2/alerts`);
  return {
    checkSecrets: async () => void (await readToken(tokenFile)),
    send: async (outgoing, signal) => {
      const token = await readToken(tokenFile);
      const headers = { "content-type": "application/json", ...bearer(token) };
      const alerts = listAlerts(outgoing, Date.now(), repeatMs * endsAfterRepeats);
      let last: Answered = { outcome: "sent", answer: "nothing to send" };
      for (let at = 0; at < alerts.length; at += alertsAtOnce) {
        const body = JSON.stringify(alerts.slice(at, at + alertsAtOnce));
        last = await post({ url, headers, body, credential: tokenFile, secrets: [token ?? ""] }, signal);
        if (last.outcome !== "sent") return last;
      }
      return last;
    },
  };
}

/** The ends count from the moment of sending: a message may have waited for hours. */
function listAlerts(
  { host, at, message, text, title }: Outgoing,
  nowMs: number,
  lastsMs: number,
): readonly PostedAlert[] {
  const until = new Date(nowMs + lastsMs).toISOString();
  if (message === null) {
    const labels = { alertname: "GitopsAgentTest", host, severity: "info" };
    return [{ labels, annotations: { summary: title, description: text }, startsAt: at, endsAt: until }];
  }
  const { begun, still, over } = message;
  return [
    ...[...begun, ...still].map((alert) => describe(alert, host, until)),
    ...over.map((alert) =>
      describe(alert, host, new Date(Math.max(nowMs, Date.parse(alert.since))).toISOString()),
    ),
  ];
}

function describe(alert: Alert, host: string, endsAt: string): PostedAlert {
  const { key, class: alertClass, units, summary, reason, hint, command, since } = alert;
  const [unit] = units;
  return {
    labels: {
      alertname: `GitopsAgent${toPascalCase(alertClass)}`,
      host,
      key,
      severity: severityOf[alertClass],
      ...(unit === undefined ? {} : { unit }),
    },
    annotations: {
      summary: `${host}: ${summary}`,
      description: [reason, hint ?? ""].filter((part) => part !== "").join("\n"),
      command,
    },
    startsAt: since,
    endsAt,
  };
}

function toPascalCase(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
