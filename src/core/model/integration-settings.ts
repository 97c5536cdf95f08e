/** What agent.yaml says about integrations. Each is null where agent.yaml does not ask for it. Pure data. */
import type { ListenAddress } from "./listen-address.ts";

export interface IntegrationSettings {
  readonly metrics: MetricsSettings | null;
}

export interface MetricsSettings {
  /** Where Prometheus may ask; null: nowhere. */
  readonly listen: ListenAddress | null;
  /** The directory that node_exporter's textfile collector reads; null: none. */
  readonly textfileDirectory: string | null;
}
