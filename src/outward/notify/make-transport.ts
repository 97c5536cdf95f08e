/** Chooses the code for a way of sending. Loads nodemailer only for e-mail. */
import type { ChannelSettings } from "../../core/model/notify-settings.ts";
import { makeAlertmanager } from "./alertmanager.ts";
import { makeCommand } from "./command.ts";
import { makeMatrix, makeNtfy, makeSlack } from "./http-transports.ts";
import type { Transport } from "./transport.ts";
import { makeWebhook } from "./webhook.ts";

const usualRepeatMs = 60_000;

export async function makeTransport({ way, repeatMs }: ChannelSettings): Promise<Transport> {
  switch (way.kind) {
    case "alertmanager":
      return makeAlertmanager(way, repeatMs ?? usualRepeatMs);
    case "webhook":
      return makeWebhook(way);
    case "ntfy":
      return makeNtfy(way);
    case "slack":
      return makeSlack(way);
    case "matrix":
      return makeMatrix(way);
    case "command":
      return makeCommand(way);
    case "email": {
      const { makeEmail } = await import("./email.ts");
      return makeEmail(way);
    }
  }
}
