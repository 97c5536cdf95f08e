/** Gathers the details of one managed unit. Changes nothing. */
import { buildUnitDetails, listUnitFiles } from "../agent/unit-details.ts";
import { findNearestWord } from "../core/check/nearest.ts";
import { AgentError } from "../core/model/errors.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Snapshot } from "../core/model/snapshot.ts";
import type { Status } from "../core/model/status.ts";
import type { UnitDetails } from "../core/model/unit-details.ts";
import type { Composition } from "./compose.ts";

const logLines = 10;

/**
 * @param name a unit, or a word that is the beginning of one: `web` for web.service
 * @throws AgentError `usage` for a unit that git does not have here; `state-unreadable`
 */
export async function readUnitDetails(
  composition: Composition,
  status: Status,
  name: string,
): Promise<UnitDetails> {
  const { ports } = composition;
  const inventory = await ports.state.loadInventory();
  const unit = findUnit(status, inventory, name);
  const isAnswering = status.systemd.failure === null;
  const ties = isAnswering ? await ports.manager.readTies([unit]) : null;
  const details = buildUnitDetails({
    name: unit,
    status,
    inventory,
    history: await ports.history.load(),
    sources: await readSources(composition, inventory, unit),
    relations: isAnswering ? await composition.readRelations(unit) : [],
    takenAlong: (ties?.along.get(unit) ?? []).map((tie) => ({ unit: tie.unit, because: tie.text })),
    log: await ports.logs.readLastLines(unit, logLines, 0),
  });
  if (details === null) throw unknownUnit(name, status);
  return details;
}

/** The unit that a person means: by its name, its quadlet, or its name without the ending, if only one has that. */
function findUnit({ units }: Status, inventory: Inventory, name: string): string {
  const names = units.map((row) => row.name);
  if (names.includes(name)) return name;
  const ofQuadlet = Object.entries(inventory.files).find(
    ([path, { role }]) => role === "quadlet" && path.endsWith(`/${name}`),
  )?.[1].unit;
  if (ofQuadlet !== undefined && ofQuadlet !== null && names.includes(ofQuadlet)) return ofQuadlet;
  const [only, ...more] = names.filter((known) => known.slice(0, known.lastIndexOf(".")) === name);
  if (only !== undefined && more.length === 0) return only;
  if (more.length === 0) throw unknownUnit(name, { units });
  throw new AgentError("usage", `${name} means several units: ${[only, ...more].join(", ")}`, {
    hint: "write the ending as well",
  });
}

function unknownUnit(name: string, { units }: Pick<Status, "units">): AgentError {
  const near = findNearestWord(
    name,
    units.map((row) => row.name),
  );
  return new AgentError("usage", `${name} is no unit that git has on this host`, {
    hint: near === null ? "gitops-agent status lists those that it has" : `did you mean ${near}?`,
  });
}

/** Null when this user may not read the clone, or when it does not have the revision. */
async function readSources(
  { ports }: Composition,
  inventory: Inventory,
  unit: string,
): Promise<Snapshot["files"] | null> {
  const { revision } = inventory;
  if (revision === null) return null;
  const wanted = new Set(listUnitFiles(inventory, unit).map(({ origin }) => origin));
  try {
    const { signal } = new AbortController();
    return (await ports.source.readSnapshot(revision, (path) => wanted.has(path), signal)).files;
  } catch (error) {
    if (error instanceof AgentError) return null;
    throw error;
  }
}
