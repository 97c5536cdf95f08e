/** What holds for every plan wherever the agent is killed, and whoever works on the host meanwhile. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isUp } from "../../../../src/core/units/activity.ts";
import { parseInstance } from "../../../../src/core/units/unit-name.ts";
import { hostAfter, repository } from "../../../support/memory-host/arbitrary.ts";
import { type Effect, killedAfter } from "../../../support/memory-host/effects.ts";
import { expectDesiredFiles } from "../../../support/memory-host/expect-files.ts";
import type { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";
import { build, type RepositoryText } from "../../../support/values/scenario.ts";

function isKept(unit: string, first: RepositoryText, second: RepositoryText): boolean {
  const [before, after] = [build(first).desired.units, build(second).desired.units];
  const isOurs = (units: typeof before, name: string) =>
    units.get(name)?.owned === true && units.get(name)?.declared === true;
  return [unit, parseInstance(unit)?.template ?? ""].every(
    (name) => !isOurs(before, name) || isOurs(after, name),
  );
}

function isDeclared(text: RepositoryText, unit: string): boolean {
  return build(text).desired.units.get(unit)?.declared === true;
}

function isRunning(host: SimulatedHost, unit: string): boolean {
  return isUp(host.units.get(unit));
}

/** What comes before systemd has loaded the new files, and before a unit has a job because of them. */
const writing: ReadonlySet<Effect["kind"]> = new Set([
  "phase",
  "save",
  "backup",
  "generation",
  "activate",
  "stop",
  "write",
  "remove",
  "restore",
]);

describe("every plan", () => {
  it("converges when it was cut after any step", async () => {
    await fc.assert(
      fc.asyncProperty(
        repository,
        repository,
        fc.nat(40),
        fc.boolean(),
        async (first, second, cut, isNew) => {
          const undisturbed = await hostAfter([first, second]);
          const host = await hostAfter([first]);
          const before = new Map([...host.units].map(([name, unit]) => [name, unit.invocationId]));
          await host.sync(second, killedAfter(cut));
          // The same commit is taken up where it was left; another one that has the same is applied over it.
          await host.sync(isNew ? { ...second } : second);
          expectDesiredFiles(host, second);
          expect((await host.sync(second)).steps).toEqual([]);
          for (const [name, unit] of undisturbed.units) {
            // A service that becomes a oneshot runs anew; killed once it went down along with another one, nobody knows.
            if (unit.activeState === "activating" && host.wasTakenAlong(name)) continue;
            expect(host.units.get(name)?.activeState, name).toBe(unit.activeState);
            const restarted = unit.invocationId !== before.get(name);
            if (restarted)
              expect(host.units.get(name)?.invocationId, `${name} owes`).not.toBe(before.get(name));
          }
        },
      ),
      propertyRuns(400),
    );
  });

  it("leads a unit that is started while files are written to where it would be had it run before", async () => {
    const started = fc.constantFrom(
      "a.service",
      "b.service",
      "w@one.service",
      "w@manual.service",
      "cron.service",
    );
    await fc.assert(
      fc.asyncProperty(
        repository,
        repository,
        started,
        fc.nat(8),
        fc.option(fc.nat(40)),
        async (first, second, unit, when, cut) => {
          const early = await hostAfter([first]);
          // Killed as well, an agent does not remember what it had removed.
          fc.pre(!isRunning(early, unit) && (cut === null || isKept(unit, first, second)));
          early.run(unit);
          await early.sync(second);
          const late = await hostAfter([first]);
          let isStarted = false;
          const startOnce = ({ kind }: Effect, count: number) => {
            if (isStarted || (count < when && writing.has(kind))) return;
            if (!isRunning(late, unit)) late.run(unit);
            isStarted = true;
          };
          await late.sync(second, { ...killedAfter(cut ?? Number.POSITIVE_INFINITY), meanwhile: startOnce });
          await late.sync(second, { meanwhile: startOnce });
          expect((await late.sync(second)).steps).toEqual([]);
          // What systemd stops or restarts along with another unit depends on when that had its job.
          fc.pre(!early.wasTakenAlong(unit) && !late.wasTakenAlong(unit));
          expect(late.units.get(unit)?.activeState).toBe(early.units.get(unit)?.activeState);
          // Killed as well, an agent does not know what a unit was started with that was about to get its first start.
          const isFirst = cut !== null && isDeclared(second, unit) && !isDeclared(first, unit);
          expect(late.runsOf(unit) - early.runsOf(unit)).toBeLessThanOrEqual(isFirst ? 1 : 0);
          expect(late.runsOf(unit)).toBeGreaterThanOrEqual(early.runsOf(unit));
        },
      ),
      propertyRuns(400),
    );
  });
});
