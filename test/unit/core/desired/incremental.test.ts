/** What a build keeps for the next one changes what the next one costs, and nothing else. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KnownNames } from "../../../../src/core/check/context.ts";
import { listHostQuestions, validateDesired } from "../../../../src/core/check/validate.ts";
import { secretFormats } from "../../../../src/core/desired/age-format.ts";
import { buildDesired, type DesiredInput } from "../../../../src/core/desired/build-desired.ts";
import { type BuildMemo, emptyBuildMemo } from "../../../../src/core/desired/build-memo.ts";
import { contentOf, modeOf } from "../../../../src/core/drift/applied-file.ts";
import { Derived } from "../../../../src/core/model/derived.ts";
import type { Desired } from "../../../../src/core/model/desired.ts";
import { emptyInventory, type Inventory } from "../../../../src/core/model/inventory.ts";
import type { Observed } from "../../../../src/core/model/observed.ts";
import type { Plan } from "../../../../src/core/model/plan.ts";
import type { SnapshotFile } from "../../../../src/core/model/snapshot.ts";
import { makePlan } from "../../../../src/core/plan/make-plan.ts";
import { carryMentions } from "../../../../src/core/record/mention-update.ts";
import { noTies } from "../../../../src/core/units/ties.ts";
import { type Commit, history, toText } from "../../../support/commits/arbitrary-commits.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";
import {
  digestText,
  layout,
  listFiles,
  makeConfig,
  makeRevision,
  openSecret,
  policy,
} from "../../../support/values/scenario.ts";

/** Gives equal files of two commits as one object, as the repository does, and equal rules as well. */
class Source {
  readonly #files = new Map<string, SnapshotFile>();
  readonly #configs = new Map<string, DesiredInput["config"]>();

  read(commit: Commit): DesiredInput {
    const text = toText(commit);
    const files = [...listFiles(text).values()].map((file) => this.#share(file));
    const key = JSON.stringify([commit.units, commit.fileRules, commit.hosts]);
    const config = this.#configs.get(key) ?? makeConfig(text);
    this.#configs.set(key, config);
    const secrets = files.filter(({ path }) => path in commit.secrets);
    return {
      snapshot: { revision: makeRevision(), files: new Map(files.map((file) => [file.path, file])) },
      config,
      host: "h1",
      layout,
      formats: secretFormats,
      secrets: new Map(secrets.map((file) => [nameCredential(file.path), openSecret(file)])),
      digestBytes: digestText,
      hostUnits: null,
    };
  }

  #share(file: SnapshotFile): SnapshotFile {
    const key = `${file.mode} ${file.blob} ${file.path}`;
    const known = this.#files.get(key) ?? file;
    this.#files.set(key, known);
    return known;
  }
}

function nameCredential(path: string): string {
  return path
    .replace(/\.age$/, "")
    .split("/")
    .slice(-2)
    .join("/");
}

/** A host that has some of the names, and is asked about no other ones. */
function answer(asked: readonly string[]): KnownNames {
  const names = new Set(asked);
  return {
    has: (name) => {
      if (!names.has(name)) throw new Error(`nobody has looked ${name} up`);
      return name.length % 2 === 0;
    },
  };
}

/** All that follows from a desired state on a host that was brought to `applied`. */
function follow(desired: Desired, applied: Inventory, observed: Observed) {
  const plan = makePlan(desired, carryMentions(applied, desired), observed, policy);
  const questions = listHostQuestions(desired);
  const facts = {
    units: answer(questions.units),
    reloadable: answer(questions.reloadable),
    paths: answer(questions.paths),
    users: answer(questions.users),
    groups: answer(questions.groups),
  };
  return {
    desired: { ...desired, derived: null },
    plan,
    questions,
    findings: validateDesired(desired, facts),
  };
}

function observe({ files, units }: Inventory): Observed {
  const states = Object.entries(units).map(([name, { invocationId }]) => {
    const activeState = invocationId === null ? ("inactive" as const) : ("active" as const);
    const unit = { name, loadState: "loaded", activeState, subState: "", job: null, invocationId };
    return [name, { ...unit, startedAtUs: 1, needDaemonReload: false }] as const;
  });
  const found = Object.entries(files).map(([path, { kind, content, mode }]) => {
    const file = { kind: "file", digest: content, mode, owner: "root", group: "root" } as const;
    return [path, kind === "link" ? ({ kind, linkTarget: content } as const) : file] as const;
  });
  return {
    ties: noTies,
    files: new Map(found),
    units: new Map(states),
    foreignDropIns: new Map(),
    overrides: new Map(),
    generation: null,
  };
}

/** The inventory of a host on which the plan was carried out. */
function apply(desired: Desired, { expected }: Plan): Inventory {
  const files = [...desired.files.values()].map((file) => {
    const { path, role, unit, origin, kind } = file;
    return [path, { role, unit, origin, kind, content: contentOf(file), mode: modeOf(file) }] as const;
  });
  const units = [...desired.units.values()].map(({ name, owned, declared, masked, definition }) => {
    const isExpected = expected.has(name);
    const invocationId = isExpected ? name : null;
    const base = { owned, declared, masked, definition, pending: null, expected: isExpected, invocationId };
    return [name, { ...base, startedWith: "same" as const }] as const;
  });
  return {
    ...emptyInventory,
    revision: desired.revision,
    credentials: desired.credentials,
    files: Object.fromEntries(files),
    units: Object.fromEntries(units),
  };
}

describe("a build with what the build before has kept", () => {
  it("gives the same desired state, findings and plan as one that starts from nothing", () => {
    fc.assert(
      fc.property(history, (commits) => {
        const source = new Source();
        let memo: BuildMemo = emptyBuildMemo();
        let applied: Inventory = emptyInventory;
        for (const commit of commits) {
          const input = source.read(commit);
          const kept = buildDesired(input, memo);
          const whole = buildDesired(input);
          const observed = observe(applied);
          const result = follow(kept.desired, applied, observed);
          const seen = { ...result, diagnostics: kept.diagnostics };
          const wanted = { ...follow(whole.desired, applied, observed), diagnostics: whole.diagnostics };
          // The comparison of node takes a tenth of the time; that of the tests tells what differs.
          if (!isDeepStrictEqual(seen, wanted)) expect(seen).toEqual(wanted);
          memo = kept.memo;
          applied = apply(kept.desired, result.plan);
        }
      }),
      propertyRuns(2000),
    );
  });

  it("gives units that no commit has changed as the same objects", () => {
    const source = new Source();
    const [web, other] = ["[Service]\nExecStart=/bin/x /etc/app.conf\n", "[Service]\nExecStart=/bin/y\n"];
    const commit = { links: {}, secrets: {}, units: {}, fileRules: {}, hosts: {} };
    const files = { "units/web.service": web, "units/other.service": other, "files/etc/app.conf": "1" };
    const first = buildDesired(source.read({ ...commit, files }));
    const changed = { ...commit, files: { ...files, "files/etc/app.conf": "2" } };
    const second = buildDesired(source.read(changed), first.memo);
    const isSame = (name: string) => second.desired.units.get(name) === first.desired.units.get(name);
    expect(isSame("other.service")).toBe(true);
    expect(isSame("web.service")).toBe(false);
  });

  it("forgets what the build before it did not need", () => {
    const source = new Source();
    const commit = { links: {}, secrets: {}, units: {}, fileRules: {}, hosts: {} };
    const both = { ...commit, files: { "units/a.service": "[Service]\n", "units/b.service": "[Service]\n" } };
    const one = { ...commit, files: { "units/a.service": "[Service]\n" } };
    const first = buildDesired(source.read(both));
    const second = buildDesired(source.read(one), first.memo);
    const third = buildDesired(source.read(both), second.memo);
    expect(third.desired.units.get("b.service")).not.toBe(first.desired.units.get("b.service"));
    expect(third.desired.units.get("a.service")).toBe(first.desired.units.get("a.service"));
  });
});

describe("what was made of a value", () => {
  it("is made once for each rule and each object, also if it is undefined", () => {
    const derived = new Derived();
    const calls: object[] = [];
    const note = (value: object) => {
      calls.push(value);
    };
    const [one, equal] = [{}, {}];
    derived.of(one, note);
    derived.of(one, note);
    derived.of(equal, note);
    expect(calls).toEqual([one, equal]);
    expect(derived.of(one, (value) => value === one)).toBe(true);
  });
});
