/** What is pushed and what happens in between, at random, for properties that hold for every plan. */
import fc from "fast-check";
import type { RepositoryText } from "../values/scenario.ts";
import { SimulatedHost } from "./simulated-host.ts";

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
export const repository: fc.Arbitrary<RepositoryText> = fc
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
export const disturbance = fc.tuple(
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

/** A host that was brought to each of the texts, and has a unit that no text defines. */
export async function hostAfter(history: readonly RepositoryText[]): Promise<SimulatedHost> {
  const host = new SimulatedHost();
  host.run("cron.service");
  for (const text of history) await host.sync(text);
  return host;
}

export function disturb(host: SimulatedHost, changes: readonly (readonly [string, string])[]): void {
  for (const [what, unit] of changes) {
    if (what === "run") host.run(unit);
    else if (what === "stop") host.stop(unit);
    else if (what === "end") {
      host.run(unit, { activeState: "inactive", invocationId: null, downBecause: "ended" });
    } else host.fail(unit);
  }
}
