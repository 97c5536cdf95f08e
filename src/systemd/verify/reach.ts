/**
 * Tells which units of a revision the verdict on a unit depends on: those that its start pulls in, and what extends these.
 * An edge too many costs time only; one too few would leave a verdict as it was. Pure.
 */
import { isTemplateName, listDropInDirectories, parseInstance } from "../../core/units/unit-name.ts";
import type { UnitText } from "./unit-text.ts";

/** The files of one name: a unit or template, or the owner of a directory of drop-ins. */
export interface StagedUnit {
  /** Changes with the path, the content or the target of any of the files. */
  readonly identity: string;
  readonly texts: readonly UnitText[];
  /** Names that links of the revision lead to: `www.service` → `web.service`. */
  readonly targets: readonly string[];
}

export type StagedUnits = ReadonlyMap<string, StagedUnit>;

const activators = ["service", "socket", "timer", "path", "mount", "automount", "swap", "target"];

/** For each name: the names that its verdict depends on directly. */
export class Reach {
  readonly #next = new Map<string, ReadonlySet<string>>();
  readonly #units: StagedUnits;
  readonly #names: ReadonlySet<string>;
  readonly #followers = new Map<string, string[]>();

  /**
   * @param names the units that are verified
   * @param gone names that had files before, and have none now
   */
  constructor(units: StagedUnits, names: readonly string[], gone: readonly string[]) {
    this.#units = units;
    this.#names = new Set([...units.keys(), ...names, ...gone]);
    for (const [alias, { targets }] of units) {
      for (const target of targets)
        this.#followers.set(target, [...(this.#followers.get(target) ?? []), alias]);
    }
    const pending = [...this.#names];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (this.#next.has(name)) continue;
      const next = this.#list(name);
      this.#next.set(name, next);
      pending.push(...next);
    }
  }

  /** All names that these depend on, and these themselves. */
  listReached(from: Iterable<string>): ReadonlySet<string> {
    return spread(from, (name) => this.#next.get(name) ?? []);
  }

  /** All names that depend on these, and these themselves. */
  listDependents(of: Iterable<string>): ReadonlySet<string> {
    const back = new Map<string, string[]>();
    for (const [name, next] of this.#next) {
      for (const other of next) {
        const known = back.get(other);
        if (known === undefined) back.set(other, [name]);
        else known.push(name);
      }
    }
    return spread(of, (name) => back.get(name) ?? []);
  }

  #list(name: string): ReadonlySet<string> {
    const next = new Set<string>(this.#followers.get(name));
    for (const owner of listOwners(name)) if (this.#names.has(owner)) next.add(owner);
    for (const other of this.#listActivators(name)) next.add(other);
    const { texts, targets } = this.#units.get(name) ?? { texts: [], targets: [] };
    for (const target of targets) next.add(target);
    for (const { pulled } of texts)
      for (const word of pulled) for (const other of this.#resolve(word)) next.add(other);
    next.delete(name);
    return next;
  }

  /** A socket and its service, a timer and its service: they name each other by having one name. */
  *#listActivators(name: string): Iterable<string> {
    const stem = name.slice(0, name.lastIndexOf("."));
    for (const type of activators) {
      for (const other of [`${stem}.${type}`, `${stem}@.${type}`]) if (this.#names.has(other)) yield other;
    }
  }

  /** With specifiers, or for a bare template, every name that it may become. */
  #resolve(word: string): readonly string[] {
    if (!word.includes("%") && !isTemplateName(word)) return [word];
    const pattern = word.replace("@.", "@%i.");
    const parts = pattern.split(/%./);
    const template = parseInstance(pattern)?.template;
    return [...this.#names].filter((name) => name === template || hasParts(name, parts));
  }
}

/** The names whose files make up a unit: itself, its template, and the owners of drop-ins that apply to it. */
export function listOwners(name: string): readonly string[] {
  const template = parseInstance(name)?.template;
  const dropIns = listDropInDirectories(name).map((directory) => directory.slice(0, -".d".length));
  return template === undefined ? dropIns : [template, ...dropIns];
}

/** Whether the name begins with the first part, ends with the last one, and has the others between in their order. */
function hasParts(name: string, parts: readonly string[]): boolean {
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= name.length - last.length;
}

function spread(from: Iterable<string>, next: (name: string) => Iterable<string>): ReadonlySet<string> {
  const found = new Set(from);
  // The loop adds to this set, and so also visits what it adds.
  for (const name of found) for (const other of next(name)) found.add(other);
  return found;
}
