/** What has to be looked at, gathered from many hints. Pure; knows nothing of where hints come from. */
import type { LookScope } from "../model/drift.ts";

/** With more units and paths than this, everything is looked at instead. */
const maxNames = 1_000;

/** Gathers scopes until they are taken. However many come, it holds a bounded number of names. */
export class ScopeSum {
  #units = new Set<string>();
  #paths = new Set<string>();
  #isAll = false;

  get isEmpty(): boolean {
    return !this.#isAll && this.#units.size + this.#paths.size === 0;
  }

  /** Null adds nothing. */
  add(scope: LookScope | null): void {
    if (this.#isAll || scope === null) return;
    if (scope !== "all") {
      for (const unit of scope.units) this.#units.add(unit);
      for (const path of scope.paths) this.#paths.add(path);
      if (this.#units.size + this.#paths.size <= maxNames) return;
    }
    this.#clear();
    this.#isAll = true;
  }

  /** What was gathered since the last call; null when it is nothing. */
  take(): LookScope | null {
    const scope = { units: this.#units, paths: this.#paths };
    const taken = this.#isAll ? "all" : this.isEmpty ? null : scope;
    this.#clear();
    return taken;
  }

  #clear(): void {
    this.#units = new Set();
    this.#paths = new Set();
    this.#isAll = false;
  }
}
