/** The keys of integrations in agent.yaml → IntegrationSettings. Reads nothing; the rules are in the schemas. */
import type { z } from "zod";
import type {
  AmqpSettings,
  CommitStatusSettings,
  IntegrationSettings,
  WebhookSettings,
} from "../core/model/integration-settings.ts";
import { parseListenAddress } from "../core/model/listen-address.ts";
import { parseDurationMs } from "../lib/duration.ts";
import { agentDefaults } from "./agent-defaults.ts";
import type { agentSchema } from "./agent-schema.ts";
import { guessForge, usualApiUrl } from "./forge.ts";
import { toChannels } from "./notify.ts";

type Input = z.output<typeof agentSchema>;

export function toIntegrations(input: Input): IntegrationSettings {
  const { metrics, webhook, repository, publish } = input;
  const url = typeof repository === "string" ? repository : repository.url;
  return {
    metrics: orNull(metrics, toMetrics),
    webhook: orNull(webhook, toWebhook),
    amqp: orNull(publish?.amqp, toAmqp),
    notify: toChannels(input.notify ?? []),
    commitStatus: orNull(input["commit-status"], (status) => toCommitStatus(status, url)),
  };
}

function toWebhook(input: NonNullable<Input["webhook"]>): WebhookSettings {
  return {
    listen: parseListenAddress(input.listen ?? ""),
    secretFile: input["secret-file"],
    jitterMs: parseDurationMs(input.jitter ?? agentDefaults.webhookJitter) ?? 0,
  };
}

function toAmqp(input: NonNullable<Input["publish"]>["amqp"]): AmqpSettings {
  const { exchange, queue = "" } = input;
  return {
    urlFile: input["url-file"],
    caFile: input["ca-file"] ?? null,
    destination:
      exchange === undefined ? { kind: "queue", name: queue } : { kind: "exchange", name: exchange },
    intervalMs: parseDurationMs(input.interval ?? agentDefaults.publishInterval) ?? 0,
    per: input.per ?? agentDefaults.publishPer,
    others: input.units ?? [],
    events: input.events ?? agentDefaults.publishEvents,
  };
}

/** What is not said follows from the URL of the repository; that it can, the schema has made sure of. */
function toCommitStatus(input: NonNullable<Input["commit-status"]>, url: string): CommitStatusSettings {
  const guess = guessForge(url);
  const forge = input.forge ?? guess.forge ?? "forgejo";
  const apiUrl = input["api-url"] ?? usualApiUrl(forge, guess.host ?? "");
  return {
    forge,
    tokenFile: input["token-file"],
    apiUrl: apiUrl.replace(/\/+$/, ""),
    project: input.project ?? guess.project ?? "",
  };
}

function toMetrics({ listen, textfile }: NonNullable<Input["metrics"]>): IntegrationSettings["metrics"] {
  return { listen: parseListenAddress(listen ?? ""), textfileDirectory: textfile ?? null };
}

/** What a key says; null for a key that is absent or empty. */
function orNull<Value, Settings>(
  value: Value | null | undefined,
  convert: (value: Value) => Settings,
): Settings | null {
  return value === null || value === undefined ? null : convert(value);
}
