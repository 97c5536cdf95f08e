/** Posts messages as CloudEvents in structured mode (CloudEvents 1.0, HTTP protocol binding), signed if there is a key. */
import { createHmac } from "node:crypto";
import type { WebhookWay } from "../../core/model/notify-settings.ts";
import { post } from "./http.ts";
import { bearer, credentialFile, readToken, readUrl } from "./http-transports.ts";
import type { Outgoing, Transport } from "./transport.ts";

export function makeWebhook({ url: source, secretFile, tokenFile }: WebhookWay): Transport {
  const read = () => Promise.all([readUrl(source), readToken(secretFile), readToken(tokenFile)]);
  return {
    checkSecrets: async () => void (await read()),
    send: async (outgoing, signal) => {
      const [url, key, token] = await read();
      const body = JSON.stringify(toCloudEvent(outgoing));
      const headers = {
        "content-type": "application/cloudevents+json; charset=utf-8",
        ...bearer(token),
        ...(key === null ? {} : { "x-hub-signature-256": sign(key, body) }),
      };
      const credential = credentialFile(source, tokenFile) ?? secretFile;
      return post({ url, headers, body, credential, secrets: [key ?? "", token ?? ""] }, signal);
    },
  };
}

function toCloudEvent({ id, host, at, message, data }: Outgoing): object {
  return {
    specversion: "1.0",
    id,
    source: `/gitops-agent/${encodeURIComponent(host)}`,
    type: message === null ? "gitops-agent.test.v1" : "gitops-agent.alerts.v1",
    time: at,
    datacontenttype: "application/json",
    data,
  };
}

/** As GitHub signs its webhooks, which most receivers can check. The time is in the body, so it is signed as well. */
function sign(key: string, body: string): string {
  return `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;
}
