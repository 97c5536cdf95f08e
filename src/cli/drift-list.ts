/**
 * The list of drift as the `drift` commands need it: the daemon's, or, when none runs, what a look at the files of this host
 * finds now. Changes nothing.
 */
import { observeForDrift } from "../agent/observe.ts";
import { detectDrift } from "../core/drift/detect-drift.ts";
import { driftKinds } from "../core/drift/kinds.ts";
import { listUnknownDriftNames } from "../core/drift/selection.ts";
import type { DriftRecord } from "../core/model/drift.ts";
import { AgentError } from "../core/model/errors.ts";
import type { Status } from "../core/model/status.ts";
import { askOrLook } from "./ask.ts";
import type { Composition } from "./compose.ts";
import { version } from "./version.ts";

/** The status, with the drift of now. */
export function readDriftStatus(configPath: string): Promise<Status> {
  return askOrLook(configPath, { ask: (agent, signal) => agent.readStatus(signal), look });
}

async function look(composition: Composition): Promise<Status> {
  const status = await composition.readStatus({
    running: false,
    pid: null,
    version,
    startedAt: null,
    stateFailure: null,
  });
  const { ports } = composition;
  const inventory = await ports.state.loadInventory();
  const found = detectDrift(inventory, await observeForDrift(ports, inventory), ports.layout);
  const known = new Map(status.drift.map((record) => [record.key, record]));
  const files = found.map(
    (drift): DriftRecord => ({
      since: status.generatedAt,
      policy: "report",
      state: "new",
      toldAt: null,
      ...known.get(drift.key),
      ...drift,
    }),
  );
  const others = status.drift.filter(({ kind }) => driftKinds[kind].layer !== "files");
  return { ...status, drift: [...files, ...others].sort((left, right) => (left.key < right.key ? -1 : 1)) };
}

/**
 * Fails for names that mean nothing here: "no drift" would be a wrong answer.
 * @throws AgentError `usage`
 */
export function requireKnownNames(names: readonly string[], { drift, units }: Status): void {
  const unknown = listUnknownDriftNames(
    names,
    drift,
    units.map(({ name }) => name),
  );
  const [first] = unknown;
  if (first === undefined) return;
  throw new AgentError("usage", `no drift and no managed unit is known as ${unknown.join(", ")}`, {
    hint: first.startsWith("/")
      ? "name a path as gitops-agent drift lists it, or its unit; only paths that differ are known"
      : "name a unit with its ending (web.service), or an absolute path; gitops-agent drift lists what differs",
  });
}
