/** Makes a sequence that failed shorter, as long as it still fails: all ways to leave something out are tried side by side. */
import type { BootForGroup } from "../machine/each-root.ts";
import { judge, type Verdict } from "./batch.ts";
import { makeSequence, type Sequence, type Step } from "./generate.ts";

type Cut = (steps: readonly Step[]) => readonly Step[];

/** @returns the shortest sequence found that still differs from a reboot, with what differs */
export async function shrink(boot: BootForGroup, failed: Verdict, commits: number): Promise<Verdict> {
  const { seed } = failed.sequence;
  const cuts: Cut[] = [];
  let shortest = failed;
  for (;;) {
    const more = listCuts(shortest.sequence.steps);
    const candidates = more.map((cut, index): Sequence => {
      const whole = makeSequence({ seed, prefix: `q${index + 1}`, commits });
      return { ...whole, steps: [...cuts, cut].reduce((steps, each) => each(steps), whole.steps) };
    });
    if (candidates.length === 0) return shortest;
    const verdicts = await judge(boot, candidates);
    const index = verdicts.findIndex(({ differences }) => differences.length > 0);
    const [verdict, cut] = [verdicts[index], more[index]];
    if (verdict === undefined || cut === undefined) return shortest;
    shortest = verdict;
    cuts.push(cut);
  }
}

/** Any commit but the last, which undoes what is left of the operator's hand; and any actions but those that tidy up. */
function listCuts(steps: readonly Step[]): readonly Cut[] {
  const commits = steps.slice(0, -1).map((_, index) => leaveOutCommit(index));
  const acted = steps.flatMap(({ actions }, index) => (actions.some(isOptional) ? [index] : []));
  return [...commits, ...acted.map(leaveOutActions)];
}

function leaveOutCommit(left: number): Cut {
  return (steps) =>
    steps.flatMap((step, index) => {
      if (index === left) return [];
      const before = steps[left];
      if (index !== left + 1 || before === undefined) return [step];
      // Before the first commit there is nothing that could be acted on.
      const actions =
        left === 0
          ? step.actions.filter((action) => !isOptional(action))
          : [...before.actions, ...step.actions];
      return [{ ...step, actions, changes: [...before.changes, ...step.changes] }];
    });
}

function leaveOutActions(left: number): Cut {
  return (steps) =>
    steps.map((step, index) =>
      index === left ? { ...step, actions: step.actions.filter((action) => !isOptional(action)) } : step,
    );
}

function isOptional(action: string): boolean {
  return !action.startsWith("rm ") && action !== "systemctl daemon-reload";
}
