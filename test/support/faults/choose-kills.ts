/** Chooses the effects behind which the agent is killed, since each kill costs a whole apply. Runs nothing. */

const isFileEffect = (effect: string) => /^(?:write|remove) \//.test(effect);

/**
 * Chooses every second effect, and every fourth of those that write or remove one file, which are alike. `CAMPAIGN=1`
 * chooses all.
 * @param effects names of the effects of an undisturbed run, in order
 * @param half 0 begins with the first effect, 1 with the second: both together have all but half of the files
 * @returns numbers of effects in ascending order, where 1 is the first effect
 */
export function chooseKills(effects: readonly string[], half: 0 | 1): readonly number[] {
  const numbers = effects.map((_, index) => index + 1);
  if (process.env["CAMPAIGN"] === "1") return numbers;
  const isFile = (number: number) => isFileEffect(effects[number - 1] ?? "");
  const chosen = [
    ...takeEach(
      2,
      numbers.filter((number) => !isFile(number)),
      half,
    ),
    ...takeEach(4, numbers.filter(isFile), 2 * half),
  ];
  return chosen.sort((a, b) => a - b);
}

/** Chooses the first effect of each kind, such as writing a file or saving the inventory. `CAMPAIGN=1` chooses all. */
export function chooseKinds(effects: readonly string[]): readonly number[] {
  if (process.env["CAMPAIGN"] === "1") return effects.map((_, index) => index + 1);
  const kinds = effects.map((effect) => (effect.startsWith("save ") ? effect : (effect.split(" ")[0] ?? "")));
  return [...new Set(kinds)].map((kind) => kinds.indexOf(kind) + 1);
}

function takeEach(step: number, numbers: readonly number[], first: number): readonly number[] {
  return numbers.filter((_, index) => index % step === first);
}
