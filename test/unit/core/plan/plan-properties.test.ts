/** What holds for every plan, whatever is pushed and wherever the agent is killed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findExpectedUnits } from "../../../../src/core/desired/expected.ts";
import { contentOf } from "../../../../src/core/drift/applied-file.ts";
import type { Plan } from "../../../../src/core/model/plan.ts";
import { isEmptyPlan } from "../../../../src/core/plan/make-plan.ts";
import { isUp } from "../../../../src/core/units/activity.ts";
import { parseInstance } from "../../../../src/core/units/unit-name.ts";
import { build, type RepositoryText, SimulatedHost } from "../../../support/values/scenario.ts";

const key = fc.constantFrom(
  "Environment=A=1",
  "Environment=A=2",
  "Nice=3",
  "Restart=always",
  "TasksMax=9",
  "Description=x",
  "EnvironmentFile=/etc/app",
  "Bogus=1",
);
const unitKey = fc.constantFrom(
  "Wants=b.service",
  "Requires=c.service",
  "After=a.service",
  "BindsTo=b.service",
  "Wants=w@three.service",
  "Description=y",
);
const install = fc.constantFrom(
  "",
  "[Install]\nWantedBy=multi-user.target\n",
  "[Install]\nWantedBy=app.target\n",
);

const serviceText = fc
  .record({
    type: fc.constantFrom("simple", "oneshot"),
    remain: fc.boolean(),
    unit: fc.subarray(["Wants=b.service", "After=a.service"]),
    unitKey: fc.option(unitKey),
    keys: fc.array(key, { maxLength: 3 }),
    install,
  })
  .map(({ type, remain, unit, unitKey: extra, keys, install: tail }) =>
    [
      "[Unit]",
      ...unit,
      ...(extra === null ? [] : [extra]),
      "[Service]",
      `Type=${type}`,
      `RemainAfterExit=${remain}`,
      "ExecStart=/bin/x",
      ...keys,
      tail,
    ].join("\n"),
  );

function optionally<T>(paths: readonly string[], content: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc
    .tuple(...paths.map((path) => fc.option(content).map((value) => [path, value] as const)))
    .map((entries) => Object.fromEntries(entries.filter(([, value]) => value !== null)) as Record<string, T>);
}

/** A repository that is valid in itself; never without a unit, which would be refused. */
const repository: fc.Arbitrary<RepositoryText> = fc
  .record({
    services: optionally(
      ["units/a.service", "units/b.service", "units/c.service", "units/w@.service"],
      serviceText,
    ),
    dropIns: optionally(
      ["units/a.service.d/x.conf", "units/cron.service.d/x.conf"],
      key.map((line) => `[Service]\n${line}\n`),
    ),
    others: optionally(
      ["units/app.target", "units/t.timer", "units/q.socket"],
      fc.constantFrom(
        "[Install]\nWantedBy=multi-user.target\n",
        "[X]\nA=1\n[Install]\nWantedBy=multi-user.target\n",
        "[Y]\nB=1\n",
      ),
    ),
    files: optionally(["files/etc/app"], fc.constantFrom("1", "2")),
    secrets: optionally(["secrets/a.service/k.age", "secrets/w@.service/k.age"], fc.constantFrom("s1", "s2")),
    instances: fc.subarray(["one", "two"]),
    onChange: fc.constantFrom("restart", "reload", "none"),
    state: fc.constantFrom("auto", "running", "stopped"),
    mask: fc.boolean(),
  })
  .map(({ services, dropIns, others, files, secrets, instances, onChange, state, mask }) => ({
    files: {
      "units/keep.service": "[Service]\nExecStart=/bin/x\n",
      ...services,
      ...dropIns,
      ...others,
      ...files,
    },
    ...(mask ? { links: { "units/m.service": "/dev/null" } } : {}),
    units: {
      "a.service": { onChange },
      "b.service": { state },
      ...("units/w@.service" in services ? { "w@.service": { instances } } : {}),
    },
    secrets,
  })) as fc.Arbitrary<RepositoryText>;

/** What people and the world do to units between two syncs. */
const disturbance = fc.tuple(
  fc.constantFrom("run", "stop", "fail", "end"),
  fc.constantFrom(
    "a.service",
    "b.service",
    "c.service",
    "w@one.service",
    "w@three.service",
    "w@manual.service",
    "cron.service",
    "m.service",
  ),
);

function hostAfter(history: readonly RepositoryText[]): SimulatedHost {
  const host = new SimulatedHost();
  host.run("cron.service");
  for (const text of history) host.sync(text);
  return host;
}

function isKept(unit: string, first: RepositoryText, second: RepositoryText): boolean {
  const [before, after] = [build(first).desired.units, build(second).desired.units];
  const isOurs = (units: typeof before, name: string) =>
    units.get(name)?.owned === true && units.get(name)?.declared === true;
  return [unit, parseInstance(unit)?.template ?? ""].every(
    (name) => !isOurs(before, name) || isOurs(after, name),
  );
}

function isRunning(host: SimulatedHost, unit: string): boolean {
  return isUp(host.units.get(unit));
}

function disturb(host: SimulatedHost, changes: readonly (readonly [string, string])[]): void {
  for (const [what, unit] of changes) {
    if (what === "run") host.run(unit);
    else if (what === "stop") host.stop(unit);
    else if (what === "end") {
      host.run(unit, { activeState: "inactive", invocationId: null, downBecause: "ended" });
    } else host.fail(unit);
  }
}

/** Files are as git wants them, and nothing that we once wrote is left behind. */
function expectDesiredFiles(host: SimulatedHost, text: RepositoryText): void {
  const { desired } = build(text);
  for (const file of desired.files.values()) {
    const found = host.files.get(file.path);
    const content = found?.kind === "file" ? found.digest : found?.kind === "link" ? found.linkTarget : null;
    expect(content, file.path).toBe(contentOf(file));
  }
  expect([...host.files.keys()].sort()).toEqual([...desired.files.keys()].sort());
  expect(host.generation).toBe(
    desired.credentials.length === 0 ? host.generation : host.inventory.generation,
  );
}

function listTouched(plan: Plan): readonly string[] {
  return plan.steps.flatMap((step) => {
    if (step.kind === "write" || step.kind === "adopt") return [step.file.path];
    if (step.kind === "restore") return [step.path];
    if (step.kind === "delete") return [step.path];
    return "unit" in step ? [step.unit] : [];
  });
}

describe("every plan", () => {
  it("leads to the desired files, and the plan after it is empty", () => {
    fc.assert(
      fc.property(
        repository,
        repository,
        fc.array(disturbance, { maxLength: 3 }),
        (first, second, changes) => {
          const host = hostAfter([first]);
          disturb(host, changes);
          host.sync(second);
          expectDesiredFiles(host, second);
          const again = host.sync(second);
          expect(again.steps).toEqual([]);
          expect(isEmptyPlan(again)).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("converges when it was cut after any step", () => {
    fc.assert(
      fc.property(repository, repository, fc.nat(30), (first, second, cut) => {
        const undisturbed = hostAfter([first, second]);
        const host = hostAfter([first]);
        const before = new Map([...host.units].map(([name, unit]) => [name, unit.invocationId]));
        host.sync(second, cut);
        host.sync(second);
        expectDesiredFiles(host, second);
        expect(host.sync(second).steps).toEqual([]);
        for (const [name, unit] of undisturbed.units) {
          expect(host.units.get(name)?.activeState, name).toBe(unit.activeState);
          const restarted = unit.invocationId !== before.get(name);
          if (restarted)
            expect(host.units.get(name)?.invocationId, `${name} owes`).not.toBe(before.get(name));
        }
      }),
      { numRuns: 400 },
    );
  });

  it("leads a unit that is started while files are written to where it would be had it run before", () => {
    const started = fc.constantFrom(
      "a.service",
      "b.service",
      "w@one.service",
      "w@manual.service",
      "cron.service",
    );
    fc.assert(
      fc.property(repository, repository, started, fc.option(fc.nat(30)), (first, second, unit, cut) => {
        const early = hostAfter([first]);
        // Killed as well, an agent does not remember what it had removed.
        fc.pre(!isRunning(early, unit) && (cut === null || isKept(unit, first, second)));
        early.run(unit);
        early.sync(second);
        const late = hostAfter([first]);
        let isStarted = false;
        const startOnce = () => {
          if (!isStarted && !isRunning(late, unit)) late.run(unit);
          isStarted = true;
        };
        late.sync(second, cut ?? Number.POSITIVE_INFINITY, startOnce);
        late.sync(second, Number.POSITIVE_INFINITY, startOnce);
        expect(late.sync(second).steps).toEqual([]);
        expect(late.units.get(unit)?.activeState).toBe(early.units.get(unit)?.activeState);
        expect(late.runsOf(unit)).toBe(early.runsOf(unit));
      }),
      { numRuns: 400 },
    );
  });

  it("touches only what is desired or was applied, and says why at every step", () => {
    fc.assert(
      fc.property(repository, repository, (first, second) => {
        const host = hostAfter([first]);
        host.run("foreign.service");
        const applied = host.inventory;
        const { desired } = build(second);
        const plan = host.plan(desired);
        for (const name of listTouched(plan)) {
          const template = parseInstance(name)?.template ?? "";
          const known =
            desired.files.has(name) ||
            applied.files[name] !== undefined ||
            desired.units.has(name) ||
            applied.units[name] !== undefined ||
            desired.units.has(template) ||
            applied.units[template] !== undefined ||
            name === "q.service";
          expect(known, name).toBe(true);
        }
        for (const step of plan.steps) expect(step.because).not.toBe("");
        for (const spared of plan.spared) expect(spared.because).not.toBe("");
      }),
      { numRuns: 300 },
    );
  });

  it("asks for no job twice, and interrupts nothing when nothing changed but text", () => {
    fc.assert(
      fc.property(repository, repository, (first, second) => {
        const host = hostAfter([first]);
        const plan = host.plan(build(second).desired);
        const jobs = plan.steps.flatMap((step) =>
          step.kind === "start" || step.kind === "restart" || step.kind === "reload"
            ? [`${step.kind} ${step.unit}`]
            : [],
        );
        expect(new Set(jobs).size).toBe(jobs.length);
        const commented = Object.fromEntries(
          Object.entries(first.files).map(([path, text]) => [
            path,
            path.startsWith("units/") ? `# note\n${text}` : text,
          ]),
        );
        const inert = host.plan(build({ ...first, files: commented }).desired);
        expect(inert.steps.filter((step) => "unit" in step && step.kind !== "delete")).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("expects no unit that git masks, stops or only extends, whatever pulls it in", () => {
    fc.assert(
      fc.property(repository, (text) => {
        const { desired } = build(text);
        const { expected } = findExpectedUnits(desired, new SimulatedHost().units);
        for (const name of expected) {
          const unit = desired.units.get(name);
          expect(unit?.masked === true || unit?.intent === "stopped" || unit?.template === true, name).toBe(
            false,
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});
