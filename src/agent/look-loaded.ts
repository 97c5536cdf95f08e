/**
 * Asks systemd from which files it has loaded the managed units, for a look at the host. Must not judge the answers, and
 * must not make systemd load a unit.
 *
 * systemd never tells that these have changed, and three questions for each of a thousand units take half a second of CPU
 * time. So a look at everything asks about all units only at the first time, after systemd has loaded its files anew, and
 * once an hour; otherwise about those that may have changed.
 */
import type { LookPart } from "../core/drift/scope.ts";
import type { LoadedUnit } from "../core/model/observed.ts";
import type { Clock } from "../core/ports/run.ts";
import type { ManagerPort } from "../core/ports/systemd.ts";

const longestTrustMs = 60 * 60_000;

export interface LoadedLookPorts {
  readonly manager: ManagerPort;
  readonly clock: Clock;
}

export class LoadedLook {
  readonly #ports: LoadedLookPorts;
  /** When all units were asked for last; null when they have to be. */
  #askedAllMs: number | null = null;

  constructor(ports: LoadedLookPorts) {
    this.#ports = ports;
  }

  /**
   * @param names units in memory that the look judges
   * @param mayDiffer whether a unit has to be asked for each time
   * @throws AgentError `systemd-unreachable`, `systemd-refused`
   */
  async read(
    names: readonly string[],
    part: LookPart,
    mayDiffer: (unit: string) => boolean,
  ): Promise<ReadonlyMap<string, LoadedUnit>> {
    const { manager, clock } = this.#ports;
    if (!part.isAll) return manager.readLoaded(names);
    if (manager.takeReload()) this.#askedAllMs = null;
    const nowMs = clock.now();
    if (this.#isTrusted(nowMs)) return manager.readLoaded(names.filter(mayDiffer));
    const loaded = await manager.readLoaded(names);
    this.#askedAllMs = nowMs;
    return loaded;
  }

  #isTrusted(nowMs: number): boolean {
    if (this.#askedAllMs === null) return false;
    const ageMs = nowMs - this.#askedAllMs;
    // A negative age means that the clock was set back.
    return ageMs >= 0 && ageMs < longestTrustMs;
  }
}
