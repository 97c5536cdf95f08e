/** Finds places in the staged text: which repository file and line a message is about. Pure. */
import type { Place } from "../../core/model/errors.ts";
import { type Assignment, parseUnitFile } from "../../core/units/unit-file.ts";
import { listDropInDirectories, parseInstance } from "../../core/units/unit-name.ts";
import type { StagedFile } from "./stage.ts";

interface Found {
  readonly path: string;
  readonly assignment: Assignment;
}

const requirementKeys = new Set(["Requires", "Requisite", "BindsTo"]);

export class StagedText {
  private readonly files: ReadonlyMap<string, StagedFile>;
  private readonly pathsByOwner = new Map<string, string[]>();
  private readonly parsed = new Map<string, readonly Assignment[]>();

  constructor(files: ReadonlyMap<string, StagedFile>) {
    this.files = files;
    for (const [path, { unit }] of files) {
      if (unit === null) continue;
      const paths = this.pathsByOwner.get(unit) ?? [];
      paths.push(path);
      this.pathsByOwner.set(unit, paths);
    }
  }

  findFile(path: string): StagedFile | null {
    return this.files.get(path) ?? null;
  }

  /**
   * The assignment that begins at a line or is continued there. A binary search, because it is asked once for each
   * message.
   */
  findAssignment(path: string, line: number): Assignment | null {
    const assignments = this.parse(path);
    let [low, high] = [0, assignments.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((assignments[middle]?.line ?? 0) <= line) low = middle + 1;
      else high = middle;
    }
    return assignments[low - 1] ?? null;
  }

  /** A line of a generated unit is shown where the quadlet has the same assignment. */
  locateLine(path: string, line: number): Place {
    const { origin, generatedFrom } = this.files.get(path) ?? { origin: path };
    if (generatedFrom === undefined) return { file: origin, line };
    const wanted = this.findAssignment(path, line);
    for (const source of generatedFrom) {
      const found = this.parse(source).find(
        ({ section, key, value }) =>
          section === wanted?.section && key === wanted.key && value === wanted.value,
      );
      if (found !== undefined) return this.placeOf({ path: source, assignment: found });
    }
    return { file: origin };
  }

  isPartOf(path: string, unit: string): boolean {
    return listOwners(unit).includes(this.files.get(path)?.unit ?? "");
  }

  /** The last assignment of the first of the keys that the unit has. */
  locateKeys(unit: string, keys: readonly string[]): Place | null {
    const found = this.assignmentsOf(unit);
    for (const key of keys) {
      const last = found.findLast(({ assignment }) => assignment.key === key);
      if (last !== undefined) return this.placeOf(last);
    }
    return null;
  }

  /**
   * Where a unit runs `command`. An instance may name it with a specifier, so that the text does not hold it: then
   * the first command with a `%`.
   */
  locateCommand(unit: string, command: string): Place | null {
    const commands = this.assignmentsOf(unit).filter(({ assignment }) => assignment.key.startsWith("Exec"));
    const found =
      commands.find(({ assignment }) => assignment.value.includes(command)) ??
      (parseInstance(unit) === null
        ? undefined
        : commands.find(({ assignment }) => assignment.value.includes("%")));
    return found === undefined ? null : this.placeOf(found);
  }

  locateRequirement(unit: string, dependency: string): Place | null {
    const found = this.assignmentsOf(unit).find(({ assignment }) => isRequirement(assignment, dependency));
    return found === undefined ? null : this.placeOf(found);
  }

  isRequiredAnywhere(dependency: string): boolean {
    return [...this.files.keys()].some((path) =>
      this.parse(path).some((assignment) => isRequirement(assignment, dependency)),
    );
  }

  /** The first assignment of exactly this value, whatever its key and unit. */
  locateValue(value: string): Place | null {
    for (const path of this.files.keys()) {
      const assignment = this.parse(path).find((candidate) => candidate.value === value);
      if (assignment !== undefined) return this.placeOf({ path, assignment });
    }
    return null;
  }

  private assignmentsOf(unit: string): readonly Found[] {
    return listOwners(unit)
      .flatMap((owner) => this.pathsByOwner.get(owner) ?? [])
      .flatMap((path) => this.parse(path).map((assignment) => ({ path, assignment })));
  }

  private placeOf({ path, assignment }: Found): Place {
    return this.locateLine(path, assignment.line);
  }

  private parse(path: string): readonly Assignment[] {
    const known = this.parsed.get(path);
    if (known !== undefined) return known;
    const bytes = this.files.get(path)?.bytes;
    const { assignments } = bytes === undefined ? { assignments: [] } : parseUnitFile(bytes);
    this.parsed.set(path, assignments);
    return assignments;
  }
}

/**
 * The names whose files make up a unit: the unit, its template, and the owners of the drop-in directories that apply
 * to it.
 */
function listOwners(unit: string): readonly string[] {
  const template = parseInstance(unit)?.template;
  const dropIns = listDropInDirectories(unit).map((directory) => directory.slice(0, -".d".length));
  return [...new Set([unit, ...(template === undefined ? [] : [template]), ...dropIns])];
}

function isRequirement({ key, value }: Assignment, dependency: string): boolean {
  return requirementKeys.has(key) && value.split(/\s+/).includes(dependency);
}
