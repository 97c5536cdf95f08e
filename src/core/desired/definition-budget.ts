/** Limits the total size of the definitions of all units of a host. Pure. */

import type { DesiredUnit } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import type { MentionIndex } from "../units/mention-index.ts";

/**
 * Far more than thousands of real units need. The limit protects memory: an assignment can be as short as four bytes,
 * and every assignment of every unit is kept.
 */
const maxBytes = 8 * 1024 * 1024;

/**
 * Counts a file once for each unit that uses it: a template once for each instance, a drop-in once for each of its
 * units.
 */
export class DefinitionBudget {
  #bytes = 0;
  #excess: Diagnostic | null = null;

  /**
   * The error when the limit is exceeded; it names the largest file of the unit that exceeded it. Null within the
   * limit.
   */
  get excess(): Diagnostic | null {
    return this.#excess;
  }

  spend(files: readonly SnapshotFile[]): void {
    this.#bytes += files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#check(() => {
      const [largest] = [...files].sort((left, right) => right.bytes.length - left.bytes.length);
      return largest?.path ?? "units";
    }, false);
  }

  /** Counts the paths of mentioned files: each is kept in memory once for each unit that mentions it. */
  spendMentions({ definition, origins, name }: DesiredUnit, index: MentionIndex): void {
    this.#bytes += Object.keys(definition.files).reduce((sum, path) => sum + path.length, 0);
    this.#check(() => origins[0] ?? name, index.isExhausted);
  }

  #check(nameFile: () => string, isExhausted: boolean): void {
    if ((this.#bytes <= maxBytes && !isExhausted) || this.#excess !== null) return;
    this.#excess = {
      severity: "error",
      code: "too-large",
      file: nameFile(),
      message: isExhausted
        ? "with this, the definitions of all units have too many paths to look for managed files in them"
        : `with this, the definitions of all units are larger than ${maxBytes / (1024 * 1024)} MiB`,
      hint:
        "a template counts once an instance, a drop-in once for each unit that it applies to, and the path of a file once " +
        "for each unit that mentions it",
    };
  }
}
