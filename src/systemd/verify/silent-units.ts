/**
 * Remembers of which units `systemd-analyze verify` said nothing, so that it is asked again only about those whose verdict may be
 * another one. A unit of which it has said anything is always verified again. Must not interpret the messages.
 */
import { parseInstance } from "../../core/units/unit-name.ts";
import { findCycleMember, isChatter, type VerifyMessage } from "./messages.ts";
import { listOwners, Reach, type StagedUnits } from "./reach.ts";

export interface VerifyQuestion {
  /** The units that are to be verified, a template only if it has no instance. */
  readonly subjects: readonly string[];
  readonly units: StagedUnits;
  /** Changes with the units of others, and with systemd itself. */
  readonly host: string;
  /** Names of `units` that the verdict on any unit may depend on. */
  readonly common: ReadonlySet<string>;
  /** Whether all programs of a unit are executable, and its verdict depends on nothing else that is not known. */
  readonly isSelfContained: (unit: string) => boolean;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

export interface Selection {
  readonly subjects: ReadonlySet<string>;
  /** All names whose files these subjects need. */
  readonly needed: ReadonlySet<string>;
}

export interface VerifyAnswer {
  readonly messages: readonly VerifyMessage[];
  /** False when the checker has failed without a word, or when what it has read may have changed meanwhile. */
  readonly isComplete: boolean;
  /** The unit, template or owner of drop-ins that a file of the stage belongs to; null for any other file. */
  readonly findOwner: (path: string) => string | null;
}

interface Memory {
  readonly host: string;
  readonly common: string;
  readonly identities: ReadonlyMap<string, string>;
  readonly silent: ReadonlySet<string>;
  /** Of the oldest verdict. */
  readonly atMs: number;
}

/** As in host/stat-memory.ts: what may depend on anything else is known anew after this time. */
const longestTrustMs = 60 * 60_000;
const nothing: Memory = { host: "", common: "", identities: new Map(), silent: new Set(), atMs: 0 };

export class SilentUnits {
  #memory = nothing;

  /** Which units have to be verified now. */
  select(question: VerifyQuestion): Selection {
    const { subjects, units, common } = question;
    const memory = this.#recall(question);
    const changed = findChanged(units, memory.identities);
    const reach = new Reach(units, subjects, changed);
    const dependents = reach.listDependents(changed);
    const selected = subjects.filter(
      (name) => !memory.silent.has(name) || dependents.has(name) || !question.isSelfContained(name),
    );
    return { subjects: new Set(selected), needed: reach.listReached([...selected, ...common]) };
  }

  /** Notes what was said of the selected units. */
  note(question: VerifyQuestion, selection: Selection, answer: VerifyAnswer): void {
    const memory = this.#recall(question);
    const told = answer.isComplete ? listTold(answer) : null;
    const isSilent = (name: string) => {
      if (!selection.subjects.has(name)) return true;
      return told !== null && ![name, ...listOwners(name)].some((owner) => told.has(owner));
    };
    this.#memory = {
      host: question.host,
      common: identify(question),
      identities: new Map([...question.units].map(([name, { identity }]) => [name, identity])),
      silent: new Set(question.subjects.filter(isSilent)),
      atMs: memory === nothing ? question.atMs : memory.atMs,
    };
  }

  #recall(question: VerifyQuestion): Memory {
    const memory = this.#memory;
    const ageMs = question.atMs - memory.atMs;
    const isFresh = ageMs >= 0 && ageMs < longestTrustMs;
    return isFresh && memory.host === question.host && memory.common === identify(question)
      ? memory
      : nothing;
  }
}

function identify({ common, units }: VerifyQuestion): string {
  return [...common]
    .sort()
    .map((name) => `${name} ${units.get(name)?.identity ?? ""}`)
    .join("\n");
}

function findChanged(units: StagedUnits, before: ReadonlyMap<string, string>): readonly string[] {
  const gone = [...before.keys()].filter((name) => !units.has(name));
  const others = [...units].flatMap(([name, { identity }]) => (before.get(name) === identity ? [] : [name]));
  return [...gone, ...others];
}

/** The names that the messages are about; null when one of them does not say which unit it is about. */
function listTold({ messages, findOwner }: VerifyAnswer): ReadonlySet<string> | null {
  const told = new Set<string>();
  for (const message of messages) {
    if (message.kind === "line") {
      const owner = findOwner(message.path);
      if (owner !== null) told.add(owner);
    } else if (message.kind === "other") {
      if (!isChatter(message)) return null;
    } else {
      // A circle is found in the start of any unit that pulls it in, and only its members are named.
      if (findCycleMember(message) !== null || /cycle|cyclic/.test(message.text)) return null;
      told.add(message.unit);
      // A template without instances is verified by an instance that is made up.
      const template = parseInstance(message.unit)?.template;
      if (template !== undefined) told.add(template);
    }
  }
  return told;
}
