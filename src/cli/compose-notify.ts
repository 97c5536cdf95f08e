/** Joins what alerts need: the channels of agent.yaml, alerts.json, and the words for the agent of this user. */
import type { AgentConfig } from "../config/agent-config.ts";
import type { Integration } from "../core/ports/integration.ts";
import { AlertStore } from "../host/alert-store.ts";
import { makeTransport } from "../outward/notify/make-transport.ts";
import { Notifier } from "../outward/notify/notifier.ts";
import { sendTest, type TestResult } from "../outward/notify/send-test.ts";
import { nameUserCommands } from "./render/user-commands.ts";
import { systemClock } from "./system-clock.ts";

export async function makeNotifier({ host, layout, integrations }: AgentConfig): Promise<Integration> {
  const { stateDirectory, manager } = layout;
  const channels = await Promise.all(
    integrations.notify.map(async (settings) => ({ settings, transport: await makeTransport(settings) })),
  );
  return new Notifier({
    host,
    channels,
    openStore: (warn) => new AlertStore({ stateDirectory, warn, now: () => systemClock.now() }),
    clock: systemClock,
    random: Math.random,
    nameCommands: (text) => (manager === "user" ? nameUserCommands(text) : text),
  });
}

export type { TestResult };

/** @param name null: each channel, one after the other */
export async function testChannels(
  { host, integrations }: AgentConfig,
  name: string | null,
  signal: AbortSignal,
): Promise<readonly TestResult[]> {
  const results: TestResult[] = [];
  for (const settings of integrations.notify) {
    if (name === null || settings.name === name) results.push(await sendTest(settings, host, signal));
  }
  return results;
}
