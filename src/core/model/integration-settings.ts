/** What agent.yaml says about integrations. Each is null or empty where agent.yaml does not ask for it. Pure data. */
import type { ListenAddress } from "./listen-address.ts";
import type { ChannelSettings } from "./notify-settings.ts";

export interface IntegrationSettings {
  readonly metrics: MetricsSettings | null;
  readonly webhook: WebhookSettings | null;
  readonly commitStatus: CommitStatusSettings | null;
  readonly amqp: AmqpSettings | null;
  readonly notify: readonly ChannelSettings[];
}

export interface MetricsSettings {
  /** Where Prometheus may ask; null: nowhere. */
  readonly listen: ListenAddress | null;
  /** The directory that node_exporter's textfile collector reads; null: none. */
  readonly textfileDirectory: string | null;
}

export interface WebhookSettings {
  /** Null: the socket that systemd hands over. */
  readonly listen: ListenAddress | null;
  readonly secretFile: string;
  /** The longest wait before a webhook makes the agent ask the repository, milliseconds. */
  readonly jitterMs: number;
}

export type Forge = "github" | "gitlab" | "gitea" | "forgejo";

export interface CommitStatusSettings {
  readonly forge: Forge;
  readonly tokenFile: string;
  /** Where the forge's API is, without a slash at the end. */
  readonly apiUrl: string;
  /** The repository's path on the forge: `owner/name`, and with GitLab also deeper. */
  readonly project: string;
}

export interface AmqpSettings {
  /** File with the URL, which has the user and the password. */
  readonly urlFile: string;
  /** File with the certificates that the broker's is checked with; null: those of Node. */
  readonly caFile: string | null;
  readonly destination: { readonly kind: "queue" | "exchange"; readonly name: string };
  readonly intervalMs: number;
  /** Whether each unit has a message of its own. */
  readonly per: "unit" | "host";
  /** Names and patterns of units that are not managed and published as well. */
  readonly others: readonly string[];
  /** Whether events are published. */
  readonly events: boolean;
}
