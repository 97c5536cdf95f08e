/**
 * Which settings a drop-in decides, whatever the files say that systemd reads before it; and a definition without those.
 * Pure.
 */
import type { Definition } from "../model/desired.ts";
import type { HostLayout } from "../model/host-layout.ts";
import { orderedKeyOf } from "./definition.ts";
import { MentionIndex } from "./mention-index.ts";
import { findMentions } from "./mentions.ts";
import { familyOfSetting, isResettable, kindOfSetting } from "./setting-kinds.ts";
import { isLastWord } from "./setting-values.ts";
import { parseUnitFile } from "./unit-file.ts";

/** The name under which a setting is decided: that of its family, since systemd keeps the values of a family in one list. */
function subjectOf(setting: string): string {
  return orderedKeyOf(setting) ?? familyOfSetting(setting) ?? setting;
}

/**
 * The settings that the file decides: lists that it empties (`ExecStart=`), and settings of one value that it gives one. Only
 * those of which this is certain (setting-kinds.ts).
 */
export function listDecided(bytes: Uint8Array): readonly string[] {
  const decided = parseUnitFile(bytes).assignments.flatMap(({ section, key, value }) => {
    const name = `${section}.${key}`;
    const isEmptied = value === "" && isResettable(kindOfSetting(name));
    const isReplaced = familyOfSetting(name) === null && isLastWord(name, value);
    return isEmptied || isReplaced ? [subjectOf(name)] : [];
  });
  return [...new Set(decided)];
}

/** The settings that the file assigns at all, by the names of `listDecided`. */
export function listAssigned(bytes: Uint8Array): ReadonlySet<string> {
  const { assignments } = parseUnitFile(bytes);
  return new Set(assignments.map(({ section, key }) => subjectOf(`${section}.${key}`)));
}

/** The definition without these settings, and without the files that only they mention. */
export function withoutSettings(
  { settings, credentials, files }: Definition,
  decided: ReadonlySet<string>,
  unit: string,
  specifiers: HostLayout["specifiers"],
): Definition {
  const left = Object.fromEntries(
    Object.entries(settings).filter(([setting]) => !decided.has(subjectOf(setting))),
  );
  const index = new MentionIndex(Object.keys(files));
  const still = new Set(findMentions(left, unit, index, specifiers));
  // A file that no setting mentions is named by `restarts:`.
  const gone = new Set(findMentions(settings, unit, index, specifiers).filter((path) => !still.has(path)));
  return {
    settings: left,
    credentials,
    files: Object.fromEntries(Object.entries(files).filter(([path]) => !gone.has(path))),
  };
}
