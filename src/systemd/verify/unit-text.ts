/**
 * Reads from the text of a unit file or drop-in what else the verdict of `systemd-analyze verify` on the unit depends on.
 * When in doubt it names more than that, never less. Pure.
 */
import { parseUnitFile } from "../../core/units/unit-file.ts";

export interface UnitText {
  /** Names of units that a start of this one may pull in or stop, as the text has them: also with specifiers. */
  readonly pulled: readonly string[];
  /** Names of units whose stop belongs to a start of this one. */
  readonly conflicting: readonly string[];
  /** Units that are stopped together with those that are named here. */
  readonly following: readonly string[];
  /** Paths or names of programs that have to be executable. */
  readonly programs: readonly string[];
  /** Whether the verdict depends on something that cannot be told from here. */
  readonly isUnclear: boolean;
}

/** Keys that bring no other unit into the start of this one (systemd.unit(5)): order, stops, failures, and plain text. */
const withoutPull = new Set([
  "After",
  "Before",
  "OnFailure",
  "OnSuccess",
  "PropagatesReloadTo",
  "ReloadPropagatedFrom",
  "PropagatesStopTo",
  "StopPropagatedFrom",
  "JoinsNamespaceOf",
  "Description",
  "Documentation",
  "SourcePath",
]);

const unitSuffix = /\.(?:service|socket|target|timer|path|mount|automount|swap|slice|scope|device)$/;
/** A name has at most 255 bytes (systemd.unit(5)); one with specifiers may be longer in the text. */
const longestMention = 1024;

export function readUnitText(bytes: Uint8Array): UnitText {
  const pulled = new Set<string>();
  const conflicting = new Set<string>();
  const following = new Set<string>();
  const programs = new Set<string>();
  let isUnclear = false;
  for (const { section, key, value } of parseUnitFile(bytes).assignments) {
    if (section === "Install" || withoutPull.has(key)) continue;
    if (/^Exec[A-Z]/.test(key) && key !== "ExecSearchPath") {
      const program = /^[@:+!|-]*([^\s]*)/.exec(value)?.[1] ?? "";
      if (/["'\\%$]/.test(program) || /\s;\s/.test(value)) isUnclear = true;
      else if (program !== "") programs.add(program);
    }
    if (key === "ExecSearchPath") isUnclear = true;
    const names = listMentions(value);
    const set = key === "Conflicts" ? conflicting : key === "PartOf" ? following : pulled;
    for (const name of names) set.add(name);
    // Such units come and go without a file.
    if (names.some((name) => /\.(?:scope|device)$/.test(name))) isUnclear = true;
  }
  return {
    pulled: [...pulled],
    conflicting: [...conflicting],
    following: [...following],
    programs: [...programs],
    isUnclear,
  };
}

/** By splitting, which takes time in proportion to the text, however long a word is. */
function listMentions(value: string): readonly string[] {
  return value.split(/[^\w:.\\@%-]/).filter((word) => word.length <= longestMention && unitSuffix.test(word));
}
