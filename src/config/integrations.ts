/** The keys of integrations in agent.yaml → IntegrationSettings. Reads nothing; the rules are in the schemas. */
import type { z } from "zod";
import type { IntegrationSettings } from "../core/model/integration-settings.ts";
import { parseListenAddress } from "../core/model/listen-address.ts";
import type { agentSchema } from "./agent-schema.ts";

type Input = z.output<typeof agentSchema>;

export function toIntegrations({ metrics }: Input): IntegrationSettings {
  return { metrics: orNull(metrics, toMetrics) };
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
