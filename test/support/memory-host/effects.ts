/** What an agent does to its host, one effect after the other, and where it is killed. Must not know what an effect changes. */

/** `phase` tells how far an attempt is, `save` writes the inventory, `finish` writes the one that names a revision as applied; the others are what they say. */
export type EffectKind =
  | "phase"
  | "save"
  | "finish"
  | "backup"
  | "write"
  | "remove"
  | "restore"
  | "generation"
  | "activate"
  | "remove-generations"
  | "daemon-reload"
  | "run"
  | "refresh-cgroup"
  | "reset-failed"
  | "start"
  | "stop"
  | "restart"
  | "reload";

export interface Effect {
  readonly kind: EffectKind;
  /** Path, unit or generation; empty where there is one of the kind only. */
  readonly subject: string;
}

/** How one run of the agent goes. */
export interface Life {
  /** Kills the agent before the first effect for which it is true. @param count how many effects there were before */
  readonly killedBefore?: (effect: Effect, count: number) => boolean;
  /** What people and the world do just before an effect. */
  readonly meanwhile?: (effect: Effect, count: number) => void;
}

/** The agent is dead. No AgentError, so that nothing in the agent takes it for a failure that it has to deal with. */
export class Killed extends Error {}

/** Dies after so many effects. */
export function killedAfter(effects: number): Life {
  return { killedBefore: (_, count) => count >= effects };
}

/** Dies before the first effect of one of the kinds. */
export function killedBefore(...kinds: readonly EffectKind[]): Life {
  return { killedBefore: ({ kind }) => kinds.includes(kind) };
}

export class Effects {
  #life: Life = {};
  #count = 0;
  #isKilled = false;

  /** The agent starts anew. */
  begin(life: Life): void {
    this.#life = life;
    this.#count = 0;
    this.#isKilled = false;
  }

  get isKilled(): boolean {
    return this.#isKilled;
  }

  get count(): number {
    return this.#count;
  }

  /** Every effect comes by here before it takes place. @throws Killed; from then on at each call */
  pass(kind: EffectKind, subject = ""): void {
    const effect = { kind, subject };
    if (!this.#isKilled) this.#life.meanwhile?.(effect, this.#count);
    this.#isKilled ||= this.#life.killedBefore?.(effect, this.#count) ?? false;
    if (this.#isKilled) throw new Killed(`killed before ${kind} ${subject}`);
    this.#count += 1;
  }
}
