/**
 * What one build of the desired state keeps for the next one, so that the next costs what has changed. A build without it makes
 * everything anew, by the same code. Pure.
 */

import { Derived } from "../model/derived.ts";
import type { DesiredUnit } from "../model/desired.ts";
import type { UnitRules } from "../model/rules.ts";
import type { MergedSettings } from "../units/definition.ts";
import { Memo } from "./memo.ts";

export interface MeasuredMentions {
  readonly paths: readonly string[];
  /** What the search has cost of the limit of `MentionIndex`. */
  readonly effort: number;
}

export interface BuildMemo {
  readonly derived: Derived;
  /** Unit → the merged text of its files. */
  readonly texts: Memo<MergedSettings>;
  /** Unit → the rules of gitops.yaml for it. */
  readonly rules: Memo<UnitRules>;
  /** The paths in which mentions are looked for, under an empty name. */
  readonly managedPaths: Memo<readonly string[]>;
  /** Unit → the managed files that it mentions. */
  readonly mentions: Memo<MeasuredMentions>;
  readonly units: Memo<DesiredUnit>;
}

export function emptyBuildMemo(): BuildMemo {
  return {
    derived: new Derived(),
    texts: Memo.empty(),
    rules: Memo.empty(),
    managedPaths: Memo.empty(),
    mentions: Memo.empty(),
    units: Memo.empty(),
  };
}

export function nextBuildMemo(memo: BuildMemo): BuildMemo {
  return {
    derived: memo.derived,
    texts: memo.texts.next(),
    rules: memo.rules.next(),
    managedPaths: memo.managedPaths.next(),
    mentions: memo.mentions.next(),
    units: memo.units.next(),
  };
}
