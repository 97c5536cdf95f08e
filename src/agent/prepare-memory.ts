/**
 * Holds what the last preparation of a plan has read and built, for as long as the process lives: the next one costs what has
 * changed. Must not decide anything, and must not hold a plaintext.
 */
import { buildDesired, type DesiredInput, type DesiredResult } from "../core/desired/build-desired.ts";
import { emptyBuildMemo } from "../core/desired/build-memo.ts";
import type { ValidationPort } from "../core/ports/validation.ts";

type ParsedConfig = ReturnType<ValidationPort["parseRepositoryConfig"]>;

export class PrepareMemory {
  #build = emptyBuildMemo();
  #config: { readonly text: string; readonly parsed: ParsedConfig } | null = null;

  /** As `buildDesired`, with what the build before has left. */
  build(input: DesiredInput): DesiredResult {
    const result = buildDesired(input, this.#build);
    this.#build = result.memo;
    return result;
  }

  /** What `parse` makes of the text of gitops.yaml: the same object as long as the text is the same. */
  parseConfig(text: string, parse: (text: string) => ParsedConfig): ParsedConfig {
    if (this.#config?.text !== text) this.#config = { text, parsed: parse(text) };
    return this.#config.parsed;
  }
}
