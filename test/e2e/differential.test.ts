/**
 * Our comparison of definitions against systemd itself: random edits of realistic units. Where we say that nothing which runs can
 * tell the two versions apart, `systemctl show` must not be able to either. What we would restart for although
 * systemd sees no difference is printed: the price of caution.
 *
 * DIFFERENTIAL_PAIRS=20000 tries more, DIFFERENTIAL_SEED=7 others. CAMPAIGN=1 tries every way of writing every list, where a sample
 * of them is enough otherwise.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  describeOversight,
  findOversight,
  judgePairs,
  listPrice,
  type SharedDropIns,
  type Verdict,
} from "../support/differential/compare.ts";
import { isRewrapped, makeListPairs } from "../support/differential/list-settings.ts";
import { makePairs, type Pair } from "../support/differential/pairs.ts";
import { Random } from "../support/differential/random.ts";
import { UnitExchange } from "../support/differential/show.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import type { Machine } from "../support/machine/machine.ts";

const pairCount = Number(process.env["DIFFERENTIAL_PAIRS"] ?? 2000);
const seed = Number(process.env["DIFFERENTIAL_SEED"] ?? 20_260_101);
const batchSize = 200;
const listSample = 0.2;
const timeoutMs = 120_000 + 50 * pairCount;

/** Each batch takes the next: none, a comment, an inert key, an overridden value, another file name. */
const sharedDropIns: readonly SharedDropIns[] = [
  { before: {}, after: {} },
  {
    before: { "service.d/15-all.conf": "[Service]\nEnvironment=SHARED=1\n" },
    after: { "service.d/15-all.conf": "# for all\n[Service]\nEnvironment = SHARED=1" },
  },
  { before: {}, after: { "service.d/10-host.conf": "[Unit]\nDescription=Shared\n" } },
  {
    before: { "timer.d/x.conf": "[Timer]\nOnCalendar=\n", "service.d/x.conf": "[Service]\nNice=1\n" },
    after: {
      "timer.d/x.conf": "[Timer]\nOnCalendar=\n",
      "service.d/x.conf": "[Service]\nNice=3\nNice=1\n",
    },
  },
  { before: { "socket.d/x.conf": "[Socket]\nMark=1\n" }, after: { "socket.d/y.conf": "[Socket]\nMark=1\n" } },
];

describeOnEachRoot("of random edits", (boot, root) => {
  const exchange = new UnitExchange();
  let machine: Machine;
  beforeAll(async () => {
    machine = await boot({ binds: [exchange.bind] });
  });
  afterAll(() => exchange.remove());

  test(
    `those we call harmless show nothing in systemd (${pairCount}, seed ${seed})`,
    async () => {
      const pairs = makePairs(seed, pairCount);
      const verdicts: Verdict[] = [];
      for (let start = 0; start < pairs.length; start += batchSize) {
        const shared = sharedDropIns[(start / batchSize) % sharedDropIns.length];
        const batch = pairs.slice(start, start + batchSize);
        verdicts.push(...(await judgePairs(machine, exchange, batch, shared ?? { before: {}, after: {} })));
      }
      process.stdout.write(`${summarize(verdicts, root)}\n`);
      const oversights = verdicts.filter((verdict) => findOversight(verdict).length > 0);
      expect(oversights.slice(0, 5).map(describeOversight).join("\n\n"), `of ${oversights.length}`).toBe("");
      const harmless = verdicts.filter(({ ours }) => ours.class === "none" || ours.class === "inert");
      expect(harmless.length).toBeGreaterThan(pairCount / 4);
      expect(verdicts.filter(({ theirs }) => theirs.length > 0).length).toBeGreaterThan(pairCount / 4);
    },
    timeoutMs,
  );

  test(
    `lists that only look different are the same, and others are not (seed ${seed})`,
    async () => {
      const pairs = chooseListPairs();
      const verdicts: Verdict[] = [];
      for (let start = 0; start < pairs.length; start += batchSize) {
        const batch = pairs.slice(start, start + batchSize);
        verdicts.push(...(await judgePairs(machine, exchange, batch, { before: {}, after: {} })));
      }
      process.stdout.write(`${summarize(verdicts, root)}\n${listPrices(verdicts)}\n`);
      const oversights = verdicts.filter((verdict) => findOversight(verdict).length > 0);
      expect(oversights.slice(0, 5).map(describeOversight).join("\n\n"), `of ${oversights.length}`).toBe("");
      const needless = verdicts.filter(
        ({ pair, ours, theirs }) => isRewrapped(pair) && theirs.length === 0 && ours.class !== "none",
      );
      expect(needless.map(({ pair }) => pair.edits.join(": "))).toEqual([]);
    },
    timeoutMs,
  );
});

function chooseListPairs(): readonly Pair[] {
  if (process.env["CAMPAIGN"] === "1") return makeListPairs();
  const random = new Random(seed);
  return makeListPairs().filter(() => random.chance(listSample));
}

/** Each way of writing a list that we restart for although systemd sees no difference, with its keys. */
function listPrices(verdicts: readonly Verdict[]): string {
  const keysByWay = new Map<string, string[]>();
  for (const verdict of verdicts.filter((each) => listPrice(each).length > 0)) {
    const [key = "", way = ""] = verdict.pair.edits;
    keysByWay.set(way, [...(keysByWay.get(way) ?? []), key]);
  }
  return [...keysByWay].map(([way, keys]) => `${way}: ${keys.join(" ")}`).join("\n");
}

/** How many edits of each class, and the keys we would restart for while systemd sees nothing. */
function summarize(verdicts: readonly Verdict[], root: string): string {
  const count = (names: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts].sort(([, left], [, right]) => right - left).map(([name, times]) => `${name} ${times}`);
  };
  return [
    `differential ${root}, seed ${seed}: ${count(verdicts.map(({ ours }) => ours.class)).join(", ")}`,
    `units that systemd refuses in both versions: ${verdicts.filter(({ isRefused }) => isRefused).length}`,
    `restarts that systemd sees no reason for: ${verdicts.filter((each) => listPrice(each).length > 0).length}`,
    count(verdicts.flatMap(listPrice)).join(", "),
  ].join("\n");
}
