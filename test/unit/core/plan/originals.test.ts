/** What a rollback puts back, and what it lets go: the host is as it was, whatever stood there and wherever the agent was cut. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ObservedFile } from "../../../../src/core/model/observed.ts";
import type { Step } from "../../../../src/core/model/plan.ts";
import { killedAfter, type Life } from "../../../support/memory-host/effects.ts";
import { hostWith, type SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";
import {
  digestText,
  listJobs,
  type RepositoryText,
  unitDirectory,
} from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (version: string) => `[Service]\nExecStart=/bin/x\nEnvironment=V=${version}\n${enabled}`;
const link = `${unitDirectory}/multi-user.target.wants/a.service`;
const adopting = {
  units: Object.fromEntries(["a", "b", "c"].map((name) => [`${name}.service`, { adopt: true }])),
  fileRules: { "/etc/x": { adopt: true }, "/etc/y": { adopt: true } },
};

const textOf = (
  files: Readonly<Record<string, string>>,
  rules: Partial<RepositoryText> = {},
): RepositoryText => ({ files: { "units/keep.service": service("1"), ...files }, ...rules });

describe("a rollback", () => {
  it("releases a unit that was adopted as it stood: no job, no write, its link stays", async () => {
    const good = textOf({});
    const host = await hostWith(good);
    host.putFile(`${unitDirectory}/a.service`, service("1"));
    host.files.set(link, { kind: "link", linkTarget: `${unitDirectory}/a.service` });
    host.run("a.service");
    const [files, invocation] = [new Map(host.files), host.invocationOf("a.service")];
    await host.attempt(textOf({ "units/a.service": service("1") }));
    const plan = await host.goBack(good);
    expect(listJobs(plan)).toEqual([]);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["restore", "restore"]);
    expect(host.files).toEqual(files);
    expect(host.invocationOf("a.service")).toBe(invocation);
    expect(host.inventory.units["a.service"]).toBeUndefined();
    expect(host.inventory.originals).toEqual({});
  });

  it("restarts a unit that ran another definition before, and deletes the link that it did not have", async () => {
    const good = textOf({});
    const host = await hostWith(good);
    host.putFile(`${unitDirectory}/a.service`, service("by hand"));
    host.run("a.service");
    const files = new Map(host.files);
    await host.attempt(textOf({ "units/a.service": service("1") }, adopting));
    const plan = await host.goBack(good);
    expect(listJobs(plan)).toEqual(["restart a.service"]);
    expect(plan.steps.at(-1)?.because).toContain("is as it was before git defined a.service");
    expect(host.files).toEqual(files);
  });

  it("starts again what ran before and failed with git's definition, and stops what only git had started", async () => {
    const good = textOf({});
    const host = await hostWith(good);
    for (const name of ["a", "b"]) host.putFile(`${unitDirectory}/${name}.service`, service(name));
    host.run("a.service");
    await host.attempt(
      textOf({ "units/a.service": service("1"), "units/b.service": service("1") }, adopting),
    );
    host.fail("a.service");
    expect(host.units.get("b.service")?.activeState).toBe("active");
    expect([...listJobs(await host.goBack(good))].sort()).toEqual(["start a.service", "stop b.service"]);
  });

  it("puts back the hand edit, the mode and the absence that the revision wrote over: drift as before", async () => {
    const good = textOf({ "files/etc/x": "good", "files/etc/y": "good" });
    const host = await hostWith(good);
    host.putFile("/etc/x", "by hand");
    host.files.delete("/etc/y");
    const files = new Map(host.files);
    await host.attempt(textOf({ "files/etc/x": "bad", "files/etc/y": "bad" }));
    await host.goBack(good);
    expect(host.files).toEqual(files);
    const record = host.inventory.files["/etc/x"];
    expect(record?.content).toBe(digestText(new TextEncoder().encode("good")));
  });

  it("remembers what stood there before the first of several revisions that did not come to an end", async () => {
    const good = textOf({});
    const host = await hostWith(good);
    host.putFile("/etc/x", "by hand");
    const files = new Map(host.files);
    await host.attempt(textOf({ "files/etc/x": "bad" }, adopting));
    await host.attempt(textOf({ "files/etc/x": "worse" }, adopting));
    await host.goBack(good);
    expect(host.files).toEqual(files);
  });

  it("has systemd load what it has put back when it was killed before that", async () => {
    const good = textOf({ "units/a.service": service("1") });
    const host = await hostWith(good);
    host.putFile(`${unitDirectory}/a.service`, service("by hand"));
    await host.attempt(textOf({ "units/a.service": service("2") }, adopting));
    let isRestored = false;
    await host.goBack(good, {
      killedBefore: ({ kind }) => {
        if (isRestored) return true;
        isRestored = kind === "restore";
        return false;
      },
    });
    const { steps } = await host.goBack(good);
    expect(steps.map(({ kind }) => kind)).toEqual(["restore", "daemon-reload", "restart"]);
  });

  it("is not what a good revision needs: what it does not have is put back all the same", async () => {
    const host = await hostWith(textOf({}));
    host.putFile("/etc/x", "by hand");
    const files = new Map(host.files);
    await host.attempt(textOf({ "files/etc/x": "bad" }, adopting));
    const next = textOf({});
    await host.sync(next);
    expect(host.files).toEqual(files);
    expect(host.inventory.files["/etc/x"]).toBeUndefined();
  });
});

describe("a unit of the distribution that git had overridden", () => {
  const vendorFile = "/usr/lib/systemd/system/a.service";

  it("is enabled again by the link that it had, and restarted with its own definition", async () => {
    const host = await hostWith(textOf({}));
    host.putFile(vendorFile, service("vendor"));
    host.files.set(link, { kind: "link", linkTarget: vendorFile });
    host.run("a.service");
    const files = new Map(host.files);
    await host.sync(textOf({ "units/a.service": service("1") }, adopting));
    await host.sync(textOf({ "units/a.service": service("2") }, adopting));
    const plan = await host.sync(textOf({}));
    expect(listJobs(plan)).toEqual(["restart a.service"]);
    expect(plan.steps.at(-1)?.because).toBe(`${vendorFile} defines it again`);
    expect(host.files).toEqual(files);
    expect(host.inventory.units["a.service"]).toBeUndefined();
  });

  it("stays as git's drop-in for it has it when only the override goes", async () => {
    const host = await hostWith(textOf({}));
    host.putFile(vendorFile, service("vendor"));
    host.run("a.service");
    const dropIn = { "units/a.service.d/x.conf": "[Service]\nNice=1\n" };
    await host.sync(textOf({ "units/a.service": service("1"), ...dropIn }));
    expect(listJobs(await host.sync(textOf(dropIn)))).toEqual(["restart a.service"]);
    expect(host.files.has(link)).toBe(false);
  });
});

const paths = ["units/a.service", "units/b.service", "units/c.service", "files/etc/x", "files/etc/y"];
const hostPaths = paths.map((path) => path.replace(/^units/, unitDirectory).replace(/^files/, ""));

const repository = fc
  .tuple(...paths.map((path) => fc.option(fc.constantFrom("1", "2")).map((version) => [path, version])))
  .map((entries) =>
    Object.fromEntries(
      entries.flatMap(([path = "", version]) => (version === null ? [] : [[path, service(version ?? "")]])),
    ),
  );

const handMade = fc.tuple(
  fc.constantFrom(...hostPaths, link),
  fc.constantFrom("1", "2", "3", "mode", "link", "delete"),
);

function workByHand(host: SimulatedHost, path: string, what: string): void {
  const found: ObservedFile | undefined = host.files.get(path);
  if (what === "delete") host.files.delete(path);
  else if (what === "link" || path === link) host.files.set(path, { kind: "link", linkTarget: "/opt/x" });
  else if (what !== "mode") host.putFile(path, service(what));
  else if (found?.kind === "file") host.files.set(path, { ...found, mode: 0o600, owner: "app" });
}

/** At the latest before the revision is recorded as applied: it is one that the host leaves again. */
function unfinished(effects: number): Life {
  return { killedBefore: ({ kind }, count) => kind === "finish" || count >= effects };
}

describe("every rollback", () => {
  it("leaves the files as they were, wherever the agent was cut on the way", async () => {
    await fc.assert(
      fc.asyncProperty(
        repository,
        fc.array(handMade, { maxLength: 5 }),
        fc.array(fc.tuple(repository, fc.option(fc.nat(30))), { minLength: 1, maxLength: 2 }),
        fc.option(fc.nat(30)),
        async (first, byHand, bad, cut) => {
          const good = textOf(first, adopting);
          const host = await hostWith(good);
          for (const [path, what] of byHand) workByHand(host, path, what);
          const running = Object.keys(adopting.units).filter((unit) =>
            host.files.has(`${unitDirectory}/${unit}`),
          );
          for (const unit of running) if (host.invocationOf(unit) === null) host.run(unit);
          const files = new Map(host.files);
          for (const [text, limit] of bad) {
            await host.sync(textOf(text, adopting), unfinished(limit ?? Number.POSITIVE_INFINITY));
          }
          if (cut !== null) await host.goBack(good, killedAfter(cut));
          await host.goBack(good);
          expect(host.files).toEqual(files);
          const { steps, refusals } = await host.plan(good);
          // What somebody had deleted while it ran cannot be started again; that stays owed.
          const isPossible = (unit: string) => host.files.has(`${unitDirectory}/${unit}`);
          const isOwed = (step: Step) =>
            (step.kind === "start" || step.kind === "restart") && !isPossible(step.unit);
          expect(steps.filter((step) => !isOwed(step))).toEqual([]);
          expect(refusals).toEqual([]);
          for (const unit of running) expect(host.units.get(unit)?.activeState, unit).toBe("active");
        },
      ),
      propertyRuns(500),
    );
  });
});
