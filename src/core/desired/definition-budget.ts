/** Limits how much text all units of a host are read from. Pure. */

import type { DesiredUnit } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import type { MentionIndex } from "../units/mention-index.ts";

/** Far above what thousands of honest units have. Four bytes make an assignment, and each one of each unit is kept in memory. */
const maxBytes = 8 * 1024 * 1024;

/** A short template becomes very long by its instances, and so does a drop-in that applies to every unit. */
export class DefinitionBudget {
  #bytes = 0;
  #excess: Diagnostic | null = null;

  /** Names the largest of the first files that were too much; null while everything fits. */
  get excess(): Diagnostic | null {
    return this.#excess;
  }

  spend(files: readonly SnapshotFile[]): void {
    this.#bytes += files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const [largest] = [...files].sort((left, right) => right.bytes.length - left.bytes.length);
    this.#check(largest?.path ?? "units", false);
  }

  /** A directory that many units mention is kept in memory once for each file and unit. */
  spendMentions({ definition, origins, name }: DesiredUnit, index: MentionIndex): void {
    this.#bytes += Object.keys(definition.files).reduce((sum, path) => sum + path.length, 0);
    this.#check(origins[0] ?? name, index.isExhausted);
  }

  #check(file: string, isExhausted: boolean): void {
    if ((this.#bytes <= maxBytes && !isExhausted) || this.#excess !== null) return;
    this.#excess = {
      severity: "error",
      code: "too-large",
      file,
      message: isExhausted
        ? "with this, the definitions of all units have too many paths to look for managed files in them"
        : `with this, the definitions of all units are larger than ${maxBytes / (1024 * 1024)} MiB`,
      hint:
        "a template counts once an instance, a drop-in once for each unit that it applies to, and the path of a file once " +
        "for each unit that mentions it",
    };
  }
}
