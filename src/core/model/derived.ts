/**
 * Keeps what pure functions made of values that never change: a unit, a file, its bytes. A result is found again for the same
 * object only, and is given up together with it, so that it can neither become wrong nor pile up. Must not be asked about values
 * that somebody changes in place.
 */

export class Derived {
  readonly #results = new WeakMap<object, WeakMap<object, unknown>>();

  /**
   * The result of `rule` for `value`, worked out at the first call with this very object.
   * @param rule depends on nothing but its argument; a function that is the same object at each call
   */
  of<Value extends object, Result>(value: Value, rule: (value: Value) => Result): Result {
    let known = this.#results.get(rule);
    if (known === undefined) {
      known = new WeakMap();
      this.#results.set(rule, known);
    }
    if (known.has(value)) return known.get(value) as Result;
    const result = rule(value);
    known.set(value, result);
    return result;
  }
}
