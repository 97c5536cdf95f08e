/**
 * The integrations that agent.yaml asks for: what connects the agent with something outside. Each is loaded when it is
 * configured, so that nothing else costs memory or time.
 */
import { randomUUID } from "node:crypto";
import type { AgentConfig } from "../config/agent-config.ts";
import type { AgentAccess, Integration } from "../core/ports/integration.ts";
import { fieldsOf } from "../telemetry/fields.ts";
import { levelOf } from "../telemetry/levels.ts";
import { systemClock } from "./system-clock.ts";

/** Makes one integration, or null when agent.yaml does not ask for it. */
type LoadIntegration = (config: AgentConfig) => Promise<Integration | null>;

const kinds: readonly LoadIntegration[] = [
  loadMetrics,
  loadWebhook,
  loadCommitStatus,
  loadAmqp,
  loadNotifier,
];

async function loadMetrics({ integrations: { metrics }, layout }: AgentConfig): Promise<Integration | null> {
  if (metrics === null) return null;
  const [{ Metrics }, { makeListen }] = await Promise.all([
    import("../outward/metrics/metrics.ts"),
    import("./compose-listen.ts"),
  ]);
  return new Metrics({
    listen: metrics.listen === null ? null : makeListen(metrics.listen, layout.readersGroup),
    textfileDirectory: metrics.textfileDirectory,
    clock: systemClock,
    nowMs: () => performance.now(),
  });
}

async function loadWebhook({
  integrations: { webhook },
  layout,
  repository,
}: AgentConfig): Promise<Integration | null> {
  if (webhook === null) return null;
  const [{ Webhook }, { makeListen, listenOnHandedSocket }] = await Promise.all([
    import("../outward/webhook/webhook.ts"),
    import("./compose-listen.ts"),
  ]);
  const { kind, name } = repository.followed;
  const refs = { branch: `refs/heads/${name}`, tag: `refs/tags/${name}`, commit: null };
  return new Webhook({
    ...webhook,
    listen: webhook.listen === null ? listenOnHandedSocket : makeListen(webhook.listen, layout.readersGroup),
    followed: refs[kind],
    clock: systemClock,
    random: Math.random,
  });
}

async function loadCommitStatus({
  integrations: { commitStatus },
  host,
}: AgentConfig): Promise<Integration | null> {
  if (commitStatus === null) return null;
  const { CommitStatuses } = await import("../outward/forge/commit-status.ts");
  return new CommitStatuses({ settings: commitStatus, host, clock: systemClock, random: Math.random });
}

async function loadAmqp({ integrations: { amqp }, host }: AgentConfig): Promise<Integration | null> {
  if (amqp === null) return null;
  const [{ Broker }, { Publisher }] = await Promise.all([
    import("../outward/amqp/broker.ts"),
    import("../outward/amqp/publisher.ts"),
  ]);
  return new Publisher({
    broker: new Broker(amqp, `gitops-agent ${host}`),
    settings: amqp,
    host,
    describe: (event) => ({ level: levelOf(event), fields: fieldsOf(event) }),
    clock: systemClock,
    random: Math.random,
    makeId: randomUUID,
  });
}

async function loadNotifier(config: AgentConfig): Promise<Integration | null> {
  if (config.integrations.notify.length === 0) return null;
  const { makeNotifier } = await import("./compose-notify.ts");
  return await makeNotifier(config);
}

export async function loadIntegrations(config: AgentConfig): Promise<readonly Integration[]> {
  const loaded = await Promise.all(kinds.map((load) => load(config)));
  return loaded.filter((integration) => integration !== null);
}

/**
 * Starts them. One that cannot work is reported, and the agent runs without it.
 * @returns a function that ends those that were started
 */
export async function startIntegrations(
  integrations: readonly Integration[],
  agent: AgentAccess,
): Promise<() => Promise<void>> {
  const started: Integration[] = [];
  for (const integration of integrations) {
    try {
      await integration.start(agent);
      started.push(integration);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      agent.tell({ type: "sink.failed", sink: integration.name, reason });
    }
  }
  return async () => {
    await Promise.all(started.map((integration) => integration.close().catch(() => undefined)));
  };
}
