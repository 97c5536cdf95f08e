/**
 * The list of drift as the `drift` commands need it: the daemon's, or, when none runs, what a look at this host finds
 * now. Changes nothing.
 */
import { listUnknownDriftNames } from "../core/drift/selection.ts";
import { AgentError } from "../core/model/errors.ts";
import type { Status } from "../core/model/status.ts";
import type { AgentFile } from "./agent-file.ts";
import { askOrLook } from "./ask.ts";

/** The status, with the drift of now. */
export function readDriftStatus(file: AgentFile): Promise<Status> {
  return askOrLook(file, {
    ask: (agent, signal) => agent.readStatus(signal),
    look: async (composition) => {
      const { lookForDrift } = await import("./drift-look.ts");
      return lookForDrift(composition);
    },
  });
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
