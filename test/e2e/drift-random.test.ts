/**
 * A long random sequence of what people do to a host. What the events have led the agent to know is again and again compared with
 * a look at everything, and with what was done and not undone.
 */
import { beforeAll, expect, it } from "vitest";
import { Random } from "../support/differential/random.ts";
import type { DriftCase } from "../support/drift/drift-case.ts";
import { baseRepository, driftCases, editorProgram } from "../support/drift/drift-cases.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { chooseSeed } from "../support/values/seed.ts";

const steps = process.env["CAMPAIGN"] === "1" ? 500 : 60;
const stepsPerCheck = 5;
const seed = chooseSeed("DRIFT_SEED", 30_11_26);

/**
 * What ends by itself, takes long, makes two differences at once, or is ended by what others do (a daemon-reload, or the sync that
 * looks at everything) is no part of it.
 */
const excluded = new Set([
  "running",
  "needs-reload",
  "shadowed",
  "other-settings",
  "timer-never",
  "start-limit",
  "watchdog",
  "looping",
  "crashed",
  "old-definition",
  "credential-missing",
  "credential-modified",
]);
const cases = driftCases.filter(({ kind }) => !excluded.has(kind));

/**
 * Drop-ins add up; everything else that is done to the same thing would hide or undo what was done before. A service that starts
 * while there is a drop-in still runs with it afterwards, which is a difference of its own.
 */
function excludes(one: DriftCase, other: DriftCase): boolean {
  if (isStart(one) && other.kind === "foreign-drop-in") return true;
  if (isStart(other) && one.kind === "foreign-drop-in") return true;
  if (one.subject !== other.subject) return false;
  // systemctl itself refuses a drop-in for this boot where there is one of the same name for good.
  const command = ({ what }: DriftCase) => what.replace(" --runtime", "");
  if (one !== other && command(one) === command(other)) return true;
  return one.kind !== "foreign-drop-in" || other.kind !== "foreign-drop-in";
}

function isStart({ kind, subject }: DriftCase): boolean {
  return subject.endsWith(".service") && (kind === "stopped" || kind === "failed");
}

describeOnEachRoot(`a host that people work on, DRIFT_SEED=${seed}`, (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    await host.machine.writeFile("/root/editor", editorProgram, 0o755);
    await host.push(baseRepository);
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  /** The differences that the agent knows: their keys, and their kinds with what they are about. */
  async function readKnown(): Promise<{
    readonly keys: readonly string[];
    readonly named: readonly string[];
  }> {
    const { drift } = await host.status();
    const mark = (state: string) => (state === "new" ? " (new)" : "");
    const named = drift.map(({ kind, unit, path, state }) => {
      const subject = cases.some((one) => one.kind === kind && one.subject === path) ? path : unit;
      return `${kind} ${subject}${mark(state)}`;
    });
    return { keys: drift.map(({ key, state }) => `${key}${mark(state)}`).sort(), named: named.sort() };
  }

  async function check(active: ReadonlySet<DriftCase>, done: readonly string[]): Promise<void> {
    const expected = [...active].map(({ kind, subject }) => `${kind} ${subject}`).sort();
    const where = `after ${done.slice(-2 * stepsPerCheck).join("; ")}`;
    // One reading for both: a look that began before the last manipulation may be told a moment later, until the next one.
    const keys = await host.machine
      .waitFor("what was done to be known", async () => {
        const known = await readKnown();
        return known.named.join() === expected.join() && known.keys;
      })
      .catch(async (error: unknown) => {
        const known = await readKnown();
        expect(known.named, `${where}; known: ${known.keys}`).toEqual(expected);
        throw error;
      });
    await host.run("sync");
    expect((await readKnown()).keys, `${where}: a look at everything`).toEqual(keys);
  }

  it(`knows what differs after each of ${steps} manipulations`, { timeout: 1_800_000 }, async () => {
    const random = new Random(seed);
    const active = new Set<DriftCase>();
    const done: string[] = [];
    for (let step = 1; step <= steps; step += 1) {
      const free = cases.filter(
        (one) => active.has(one) || ![...active].some((other) => excludes(one, other)),
      );
      const one = free[random.below(free.length)];
      if (one === undefined) throw new Error("there is nothing left to do");
      const isUndone = active.delete(one);
      if (!isUndone) active.add(one);
      done.push(`${isUndone ? "undo " : ""}${one.what}`);
      await host.machine.shell(isUndone ? one.undo : one.act);
      // A service that has just started must be seen before its files are changed: afterwards nobody could tell what it read.
      if (step % stepsPerCheck === 0 || isStart(one)) await check(active, done);
    }
    for (const one of active) await host.machine.shell(one.undo);
    await check(new Set(), done);
    expect((await host.status()).sync.state).toBe("in-sync");
  });
});
