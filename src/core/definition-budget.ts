/** Limits how much text all units of a host are read from. Pure. */
import type { Diagnostic } from "./errors.ts";
import type { SnapshotFile } from "./state.ts";

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
    if (this.#bytes <= maxBytes || this.#excess !== null) return;
    const [largest] = [...files].sort((left, right) => right.bytes.length - left.bytes.length);
    this.#excess = {
      severity: "error",
      code: "too-large",
      file: largest?.path ?? "units",
      message: `with this, the definitions of all units are larger than ${maxBytes / (1024 * 1024)} MiB`,
      hint: "a template counts once an instance, and a drop-in once for each unit that it applies to",
    };
  }
}
