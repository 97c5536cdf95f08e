/** Sequences of commits, and of what an operator does before each of them, from a seed. Pure. */
import { Random } from "../differential/random.ts";
import { addGroup, addService, addTemplate, addTrigger, type Draft, type Mutation } from "./additions.ts";
import { addTie, mutations } from "./mutations.ts";
import { type Action, chooseActions, type Hand } from "./operator.ts";
import { repair } from "./repair.ts";
import { emptyTree, type Tree } from "./tree.ts";

/** What the operator does first, and the commit after that. */
export interface Step {
  readonly actions: readonly Action[];
  readonly tree: Tree;
  /** What the commit changes, in words. */
  readonly changes: readonly string[];
}

export interface Sequence {
  readonly seed: number;
  /** All names of the sequence begin with it; a digit never follows. */
  readonly prefix: string;
  readonly steps: readonly Step[];
}

export interface SequenceOptions {
  readonly seed: number;
  readonly prefix: string;
  readonly commits: number;
}

export function makeSequence({ seed, prefix, commits }: SequenceOptions): Sequence {
  const random = new Random(seed);
  const draft: Draft = { prefix, random, tree: emptyTree(), shelf: {}, born: 0 };
  const planted = plant(draft);
  const trees = [structuredClone(draft.tree)];
  const changes = [planted];
  while (trees.length < commits) {
    changes.push(change(draft));
    trees.push(structuredClone(draft.tree));
  }
  const hand: Hand = { edited: new Set(), dropIns: new Set(), isGentle: trees.some(hasRequisite) };
  const steps = trees.map((tree, index): Step => {
    const before = trees[index - 1];
    const isLast = index === trees.length - 1;
    const actions = before === undefined ? [] : chooseActions({ random, tree: before, hand, isLast });
    return { actions, tree, changes: changes[index] ?? [] };
  });
  return { seed, prefix, steps: overwriteEdits(steps, hand.edited) };
}

function plant(draft: Draft): readonly string[] {
  const { random } = draft;
  const added: Mutation[] = [addService, addService, addService];
  for (let left = random.below(3); left > 0; left -= 1) added.push(addService);
  for (const [chance, mutation] of [
    [0.5, addTrigger],
    [0.6, addGroup],
    [0.4, addGroup],
    [0.4, addTemplate],
    [0.9, addTie],
    [0.7, addTie],
    [0.5, addTie],
    [0.4, addTie],
  ] as const) {
    if (random.chance(chance)) added.push(mutation);
  }
  const done = added.flatMap((mutation) => mutation(draft) ?? []);
  repair(draft.tree, emptyTree());
  return done;
}

/** One to three mutations that leave something changed, and never an empty tree. */
function change(draft: Draft): readonly string[] {
  const { random } = draft;
  const before = structuredClone(draft.tree);
  for (;;) {
    const done: string[] = [];
    for (let left = 1 + random.below(3); left > 0; left -= 1) {
      const what = pickMutation(random)(draft);
      if (what !== null) done.push(what);
    }
    if (Object.keys(draft.tree.units).length < 2) done.push(addService(draft) ?? "");
    repair(draft.tree, before);
    if (JSON.stringify(draft.tree) !== JSON.stringify(before)) return done;
  }
}

function pickMutation(random: Random): Mutation {
  let left = random.below(mutations.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, mutation] of mutations) {
    if (left < weight) return mutation;
    left -= weight;
  }
  throw new RangeError("the weights do not add up");
}

function hasRequisite(tree: Tree): boolean {
  return Object.values(tree.units).some(({ ties }) => ties.some(({ kind }) => kind === "Requisite"));
}

/**
 * A hand edit stays until git changes the file, and a boot would load it: the last commit gives each edited file another
 * comment.
 */
function overwriteEdits(steps: readonly Step[], edited: ReadonlySet<string>): readonly Step[] {
  const last = steps.at(-1);
  if (last === undefined) return steps;
  const tree = structuredClone(last.tree);
  for (const name of edited) {
    const unit = tree.units[name];
    if (unit !== undefined) unit.comment += 100;
  }
  return [...steps.slice(0, -1), { ...last, tree }];
}
