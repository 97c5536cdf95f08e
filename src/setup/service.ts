/**
 * Enables, starts, stops and disables units by systemctl, as a person does. For the agent's own units: what it manages is
 * started and stopped by its jobs over D-Bus.
 */
import { AgentError } from "../core/model/errors.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import { ProgramNotStarted, readProgram } from "../lib/program.ts";

const limitBytes = 64 * 1024;
/** As long as the unit's own limits let a start or a stop take, and a little more. */
const timeoutMs = 300_000;

export interface ServiceState {
  readonly isActive: boolean;
  readonly isEnabled: boolean;
}

/** Whose units these are. */
export type ServiceManager = Pick<HostLayout, "manager" | "managerEnvironment">;

/** @throws AgentError `systemd-unreachable` without systemctl */
export async function readServiceState(manager: ServiceManager, unit: string): Promise<ServiceState> {
  const [active, enabled] = await Promise.all([
    systemctl(manager, ["is-active", "--quiet", unit]),
    systemctl(manager, ["is-enabled", "--quiet", unit]),
  ]);
  return { isActive: active.exitCode === 0, isEnabled: enabled.exitCode === 0 };
}

/**
 * Runs one verb of systemctl on units.
 * @throws AgentError `systemd-refused` with what systemctl said, `systemd-unreachable`
 */
export async function changeService(manager: ServiceManager, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await systemctl(manager, args);
  if (exitCode === 0) return;
  throw new AgentError("systemd-refused", `systemctl ${args.join(" ")} failed: ${stderr.trim()}`, {
    hint: `systemctl status ${args.at(-1)} and journalctl -u ${args.at(-1)} say more`,
  });
}

async function systemctl({ manager, managerEnvironment }: ServiceManager, args: readonly string[]) {
  try {
    const environment = { ...process.env, ...managerEnvironment };
    return await readProgram("systemctl", [`--${manager}`, ...args], { environment, limitBytes, timeoutMs });
  } catch (cause) {
    if (!(cause instanceof ProgramNotStarted)) throw cause;
    throw new AgentError("systemd-unreachable", "systemctl is not installed", {
      hint: "gitops-agent needs a host that systemd runs",
      cause,
    });
  }
}
