/** One way to make a difference on a host, and to undo it, by ordinary commands. Types only. */
import type { DriftKind } from "../../../src/core/model/drift.ts";

export interface DriftCase {
  readonly what: string;
  readonly kind: DriftKind;
  /** What `drift correct` is asked to correct: a unit or a path, which the record has, too. */
  readonly subject: string;
  readonly act: string;
  readonly undo: string;
  /** False for what only people can correct. */
  readonly isCorrectable?: false;
  /** Prints `yes` when the host is as it was; run after a correction. */
  readonly proof?: string;
}
