/**
 * Keeps the results of one build for the next one, each under a name with the inputs that it was made from. What a build did not
 * ask for is forgotten after it, so that no more is kept than one build needs. Pure but for this; must not be used by two builds
 * at the same time.
 */

interface Kept<Value> {
  readonly inputs: readonly unknown[];
  readonly value: Value;
}

export class Memo<Value> {
  readonly #before: ReadonlyMap<string, Kept<Value>>;
  readonly #now = new Map<string, Kept<Value>>();

  private constructor(before: ReadonlyMap<string, Kept<Value>>) {
    this.#before = before;
  }

  static empty<Value>(): Memo<Value> {
    return new Memo(new Map<string, Kept<Value>>());
  }

  /** For the next build: it finds what this one asked for. */
  next(): Memo<Value> {
    return new Memo(this.#now);
  }

  /**
   * The value that the build before made under this name, if all inputs are the same; otherwise what `make` gives.
   * @param inputs all that the value depends on: texts and numbers, or objects that are compared by identity
   */
  recall(name: string, inputs: readonly unknown[], make: () => Value): Value {
    const known = this.#before.get(name);
    const kept = known !== undefined && areSame(known.inputs, inputs) ? known : { inputs, value: make() };
    this.#now.set(name, kept);
    return kept.value;
  }

  /** The value of the build before if it equals `now`, so that what was made of it stays valid; otherwise `now`. Plain data only. */
  keep(name: string, now: Value): Value {
    const known = this.#before.get(name);
    const kept = known !== undefined && areEqual(known.value, now) ? known : { inputs: [], value: now };
    this.#now.set(name, kept);
    return kept.value;
  }
}

function areSame(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((input, index) => Object.is(input, right[index]));
}

function areEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const names = Object.keys(right);
  const keys = Object.keys(left);
  return (
    keys.length === names.length &&
    keys.every(
      (key, index) => key === names[index] && areEqual(Reflect.get(left, key), Reflect.get(right, key)),
    )
  );
}
