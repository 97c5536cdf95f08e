/** Knows when and where to look at the host between rounds: soon after hints, and when a grace ends. Must not look itself. */
import type { DueLook } from "../core/drift/due-look.ts";
import { ScopeSum } from "../core/drift/look-scope.ts";
import type { LookScope } from "../core/model/drift.ts";

/** One change makes several events. They are looked at together when none has come for this time. */
const quietMs = 30;
/** They are looked at after this time also while there are further events. */
const longestMs = 200;
/**
 * Looks that follow each other closely are held apart: by as long as the last one took, then by twice as long, and so on up
 * to this many times. So events without end cost a fifth of a core, and a single one is looked at without delay.
 */
const mostRests = 4;
const closelyMs = 1_000;
/** What is not over at the end of its grace, for instance because systemd does not answer, is not asked for without end. */
const shortestGraceMs = 200;
/** The clock that graces are measured by counts whole milliseconds: a look must not come just before the end. */
const marginMs = 2;

/** All times are milliseconds of a monotonic clock. */
export class HintedLooks {
  readonly #nowMs: () => number;
  /**
   * What hints named. A look at everything does not cover it: what only a hint tells (a file that is newer than what systemd
   * has loaded), that look does not ask of all units.
   */
  readonly #named = new ScopeSum();
  #isAllHinted = false;
  #firstMs: number | null = null;
  #lastMs = 0;
  #restUntilMs = 0;
  #endedMs = -closelyMs;
  /** Looks in a row that followed the one before closely. */
  #followers = 0;
  #grace: { readonly endsMs: number; readonly scope: LookScope } | null = null;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @returns whether it is the first hint since the last look */
  add(scope: LookScope): boolean {
    const nowMs = this.#nowMs();
    const isFirst = this.#firstMs === null;
    if (scope === "all") this.#isAllHinted = true;
    else this.#named.add(scope);
    this.#firstMs ??= nowMs;
    this.#lastMs = nowMs;
    return isFirst;
  }

  /** Forgets the hints that name nothing: a look at everything begins now. */
  cover(): void {
    this.#isAllHinted = false;
    if (this.#named.isEmpty) this.#firstMs = null;
  }

  /** Replaces the look that is due when a grace ends. */
  expect(due: DueLook | null): void {
    const inMs = Math.max((due?.inMs ?? 0) + marginMs, shortestGraceMs);
    this.#grace = due === null ? null : { endsMs: this.#nowMs() + inMs, scope: due.scope };
  }

  /** How long to wait for the next look; infinite when there is nothing to look at, at most 0 when it is due. */
  dueInMs(): number {
    const hintedMs =
      this.#firstMs === null ? Infinity : Math.min(this.#lastMs + quietMs, this.#firstMs + longestMs);
    return Math.max(Math.min(hintedMs, this.#grace?.endsMs ?? Infinity), this.#restUntilMs) - this.#nowMs();
  }

  /** Has `look` look at what is due. */
  async during<Result>(look: (scope: LookScope) => Promise<Result>): Promise<Result> {
    const beganMs = this.#nowMs();
    const isClose = beganMs - Math.max(this.#endedMs, this.#restUntilMs) < closelyMs;
    this.#followers = isClose ? Math.min(this.#followers + 1, mostRests) : 0;
    if (this.#grace !== null && this.#grace.endsMs <= beganMs) {
      this.#named.add(this.#grace.scope);
      this.#grace = null;
    }
    const scope = this.#isAllHinted ? "all" : this.#named.take();
    this.#isAllHinted = false;
    this.#firstMs = this.#named.isEmpty ? null : beganMs;
    const result = await look(scope ?? { units: new Set(), paths: new Set() });
    this.#endedMs = this.#nowMs();
    this.#restUntilMs = this.#endedMs + this.#followers * (this.#endedMs - beganMs);
    return result;
  }
}
