/**
 * Notices changes of managed files, of drop-ins, links and masks of managed units, and of credentials. Says only what may
 * have to be looked at. Must not read what changed or decide what a change means.
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import { ScopeSum } from "../core/drift/look-scope.ts";
import type { WatchPlaces } from "../core/drift/watch-places.ts";
import type { LookScope } from "../core/model/drift.ts";
import { DirectoryWatch } from "./directory-watch.ts";
import { directoriesAbove } from "./ref-places.ts";

/** Neither function may throw. */
export interface HostListener {
  readonly onHint: (scope: LookScope) => void;
  /** Some directories are not watched, for instance because there are no more inotify watches. Said once. */
  readonly onIncomplete: (error: unknown) => void;
}

/**
 * With more events at once, everything is looked at. The kernel drops events when more than 16,384 wait, and node does not
 * tell so (inotify(7), max_queued_events).
 */
const maxEvents = 4_000;

export class HostWatch {
  readonly #listener: HostListener;
  readonly #directories: DirectoryWatch;
  #places: WatchPlaces | null = null;
  /** Directories that must be watched whether they exist or not. */
  #fixed: ReadonlySet<string> = new Set();
  #changed = new Set<string>();
  /** Watched directories that may have been replaced. */
  #suspects = new Set<string>();
  #events = 0;
  #isIncomplete = false;
  #isClosed = false;

  constructor(listener: HostListener) {
    this.#listener = listener;
    this.#directories = new DirectoryWatch({
      onEvent: (directory, name) => this.#note(directory, name),
      onError: (error) => this.#report(error),
    });
  }

  /** Watches other places from now on. Tells nothing of what changed in them before. */
  update(places: WatchPlaces): void {
    if (this.#isClosed) return;
    this.#places = places;
    const above = directoriesAbove([...places.directories].map((directory) => `${directory}/x`));
    this.#fixed = new Set(places.directories.size === 0 ? [] : above);
    this.#refreshAll();
    this.retry();
  }

  /** Tries again to watch what could not be watched. */
  retry(): void {
    if (this.#directories.retry()) this.#isIncomplete = false;
  }

  close(): void {
    this.#isClosed = true;
    this.#directories.close();
  }

  #note(directory: string, name: string): void {
    if (this.#events === 0) setImmediate(() => this.#flush());
    this.#events += 1;
    if (this.#events > maxEvents) return;
    // The event has the name of an entry, or that of the directory itself.
    if (name === path.basename(directory)) this.#suspects.add(directory);
    const entry = path.join(directory, name);
    const isInside = this.#places?.parents.has(directory) && this.#places.isInside(name);
    if (isInside || this.#directories.has(entry)) this.#suspects.add(entry);
    if (this.#places?.directories.has(directory) || !this.#fixed.has(directory)) this.#changed.add(entry);
  }

  #flush(): void {
    const [changed, suspects, events] = [this.#changed, this.#suspects, this.#events];
    this.#changed = new Set();
    this.#suspects = new Set();
    this.#events = 0;
    if (this.#isClosed) return;
    if (events > maxEvents) {
      this.#refreshAll();
      this.#listener.onHint("all");
      return;
    }
    this.#hint(changed, this.#refreshSuspects(suspects));
  }

  #refreshSuspects(suspects: ReadonlySet<string>): readonly string[] {
    const replaced = [...suspects].filter((directory) => this.#directories.refresh(directory));
    // Directories in a replaced one are others, too.
    const hasOthers = replaced.some((directory) => this.#fixed.has(directory));
    return hasOthers ? [...replaced, ...this.#refreshAll()] : replaced;
  }

  /** @returns the directories that are not those of before */
  #refreshAll(): readonly string[] {
    const replaced = [...this.#fixed].filter((directory) => this.#directories.refresh(directory));
    const inside = new Set(this.#listInside());
    replaced.push(...[...inside].filter((directory) => this.#directories.refresh(directory)));
    for (const directory of this.#directories.list()) {
      if (!this.#fixed.has(directory) && !inside.has(directory)) this.#directories.forget(directory);
    }
    return replaced;
  }

  /** Directories such as `web.service.d` and `multi-user.target.wants` that exist. */
  #listInside(): readonly string[] {
    const places = this.#places;
    if (places === null) return [];
    return [...places.parents].flatMap((parent) =>
      listNames(parent)
        .filter((name) => places.isInside(name))
        .map((name) => path.join(parent, name)),
    );
  }

  #hint(changed: Iterable<string>, replaced: Iterable<string>): void {
    const places = this.#places;
    if (places === null) return;
    const sum = new ScopeSum();
    for (const entry of changed) sum.add(places.scopeOf(entry));
    for (const directory of replaced) sum.add(places.scopeOfDirectory(directory));
    const scope = sum.take();
    if (scope !== null) this.#listener.onHint(scope);
  }

  #report(error: unknown): void {
    if (this.#isIncomplete || this.#isClosed) return;
    this.#isIncomplete = true;
    this.#listener.onIncomplete(error);
  }
}

function listNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
