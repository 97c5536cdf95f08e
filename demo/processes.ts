/** Which process every service runs as, before and after something happened: the demo's proof of what was interrupted. */

import type { Row } from "../src/cli/render/table.ts";
import type { Status } from "../src/core/model/status.ts";
import { parseProperties, splitBlocks } from "../test/support/machine/machine-output.ts";
import { DemoError } from "./demo-error.ts";
import type { Stage } from "./stage.ts";

export interface ServiceProcess {
  readonly mainPid: string;
  readonly invocationId: string;
}

export type ServiceProcesses = ReadonlyMap<string, ServiceProcess>;

/** The managed services that run now, as systemd tells it, and the agent itself. */
export async function readProcesses(stage: Stage, status: Status): Promise<ServiceProcesses> {
  const services = status.units.filter(
    ({ name, activeState }) => name.endsWith(".service") && activeState === "active",
  );
  return readProcessesOf(stage, [...services.map(({ name }) => name), "gitops-agent.service"]);
}

/** The same services again. */
export async function readAgain(stage: Stage, before: ServiceProcesses): Promise<ServiceProcesses> {
  return readProcessesOf(stage, [...before.keys()]);
}

async function readProcessesOf(stage: Stage, units: readonly string[]): Promise<ServiceProcesses> {
  const argv = ["systemctl", "show", "--property=Id,MainPID,InvocationID", "--", ...units];
  const blocks = splitBlocks(await stage.machine.check(argv)).map(parseProperties);
  return new Map(
    blocks.map((block) => [
      block["Id"] ?? "",
      { mainPid: block["MainPID"] ?? "", invocationId: block["InvocationID"] ?? "" },
    ]),
  );
}

/** Shows both readings side by side, with a remark at what differs. */
export function showProcesses(stage: Stage, before: ServiceProcesses, after: ServiceProcesses): void {
  const header: Row = ["SERVICE", "MAIN PID BEFORE", "AFTER", ""].map((text) => ({ text, style: "dim" }));
  const rows = [...before].map(([unit, process]): Row => {
    const now = after.get(unit);
    const isSame = now?.invocationId === process.invocationId;
    return [
      { text: unit, style: isSame ? "dim" : "bold" },
      { text: process.mainPid, style: "dim" },
      { text: now?.mainPid ?? "", style: isSame ? "dim" : "bold" },
      isSame ? { text: "" } : { text: "◀ restarted", style: "yellow" },
    ];
  });
  stage.screen.table([header, ...rows]);
}

/**
 * Verifies that exactly these services have another process than before: a new PID in a new invocation.
 * @throws DemoError with every service for which that is not so
 */
export function verifyRestarted(
  stage: Stage,
  before: ServiceProcesses,
  after: ServiceProcesses,
  restarted: readonly string[],
): void {
  const wrong = [...before].flatMap(([unit, process]) => {
    const now = after.get(unit);
    const hasNewPid = now?.mainPid !== process.mainPid && now?.mainPid !== "0";
    const hasNewInvocation = now?.invocationId !== process.invocationId;
    const isWanted = restarted.includes(unit);
    if (hasNewPid === isWanted && hasNewInvocation === isWanted) return [];
    return [
      `${unit} ${isWanted ? "was not restarted" : "was interrupted"}: ${JSON.stringify({ process, now })}`,
    ];
  });
  const unknown = restarted.filter((unit) => !before.has(unit)).map((unit) => `${unit} did not run before`);
  const problems = [...wrong, ...unknown];
  if (problems.length > 0) throw new DemoError(`the wrong services were restarted:\n${problems.join("\n")}`);
  const others = before.size - restarted.length;
  const kept = "same MainPID and InvocationID as before";
  const fact =
    restarted.length === 0
      ? `no service was interrupted: all ${before.size} have the ${kept}`
      : `restarted: ${restarted.join(", ")}; the other ${others} services have the ${kept}`;
  stage.screen.verified(fact);
}
