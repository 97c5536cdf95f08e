/** Short forms for the tests of this room. */
import type { Diagnostic } from "../../../src/core/model/errors.ts";

/** `line:column message` of each. */
export function summarize(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map((diagnostic) => `${diagnostic.line}:${diagnostic.column} ${diagnostic.message}`);
}

export function hintsOf(diagnostics: readonly Diagnostic[]): readonly (string | undefined)[] {
  return diagnostics.map((diagnostic) => diagnostic.hint);
}
