/** Keeps history.json in the state directory. Nothing is decided by it, so an unusable file does not stop the agent. */
import path from "node:path";
import { AgentError, type Diagnostic } from "../core/model/errors.ts";
import { emptyHistory, type History } from "../core/model/history.ts";
import type { HistoryPort } from "../core/ports/state.ts";
import { historySchema } from "./record-schema.ts";
import { StateFile } from "./state-file.ts";
import { stateVersions } from "./state-versions.ts";

export interface HistoryStoreOptions {
  readonly stateDirectory: string;
  /** Called when the file was unusable and the history begins anew. */
  readonly warn: (diagnostic: Diagnostic) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class HistoryStore implements HistoryPort {
  readonly #path: string;
  readonly #file: StateFile<History>;
  readonly #warn: (diagnostic: Diagnostic) => void;

  constructor({ stateDirectory, warn, now }: HistoryStoreOptions) {
    this.#path = path.join(stateDirectory, "history.json");
    this.#file = new StateFile({
      path: this.#path,
      schema: historySchema,
      version: stateVersions["history.json"],
      hint: "",
      now,
    });
    this.#warn = warn;
  }

  /** The history; an empty one when there is no file, or when it is unusable. `warn` is called for an unusable file. */
  async load(): Promise<History> {
    try {
      return (await this.#file.load()) ?? emptyHistory;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.#warn({
        severity: "warning",
        code: error.code,
        file: this.#path,
        message: `${error.message}; the history of syncs begins anew`,
        hint: "nothing else depends on this file; the journal still has what it said",
      });
      return emptyHistory;
    }
  }

  save(history: History): Promise<void> {
    return this.#file.save(history);
  }
}
