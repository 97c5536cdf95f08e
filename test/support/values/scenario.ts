/**
 * Builds desired, applied and observed states for tests of the pure core: a repository as text, a host as a few words.
 * Must not touch the machine.
 */
import { createHash } from "node:crypto";
import { secretFormats } from "../../../src/core/desired/age-format.ts";
import { buildDesired, type DesiredResult } from "../../../src/core/desired/build-desired.ts";
import type { Desired, HostFile } from "../../../src/core/model/desired.ts";
import { type HostLayout, makeSystemLayout, systemPaths } from "../../../src/core/model/host-layout.ts";
import type { Inventory } from "../../../src/core/model/inventory.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import type { Observed, ObservedFile, ObservedUnit } from "../../../src/core/model/observed.ts";
import type { ForeignOriginal, Original } from "../../../src/core/model/original.ts";
import type { Plan, Step } from "../../../src/core/model/plan.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import type { FileRules, HostEntry, RepositoryConfig, UnitRules } from "../../../src/core/model/rules.ts";
import type { SnapshotFile } from "../../../src/core/model/snapshot.ts";
import { makePlan } from "../../../src/core/plan/make-plan.ts";
import { findOriginals, findTakenOver } from "../../../src/core/plan/originals.ts";
import { createProtection } from "../../../src/core/plan/protection.ts";
import type { RefusalPolicy } from "../../../src/core/plan/refusals.ts";
import { releaseUnits } from "../../../src/core/plan/release.ts";
import { askActions, forgetDone, settleAsked } from "../../../src/core/record/actions.ts";
import { claimPlan } from "../../../src/core/record/claim.ts";
import { noteObserved } from "../../../src/core/record/settle.ts";
import { recordApplied, recordJobs, recordReloaded, recordWritten } from "../../../src/core/record/update.ts";
import { isPassing } from "../../../src/core/units/activity.ts";
import { readTies } from "../../../src/core/units/ties.ts";
import { parseInstance } from "../../../src/core/units/unit-name.ts";

/** The host of these tests, as agent.yaml describes it by default. */
export const layout = makeSystemLayout(systemPaths);
export const { unitDirectory } = layout;

export function digestText(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export interface RepositoryText {
  readonly files: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly units?: Readonly<Record<string, UnitRules>>;
  readonly fileRules?: Readonly<Record<string, FileRules>>;
  readonly hosts?: Readonly<Record<string, HostEntry>>;
  /** Repository path of a secret → its plaintext. */
  readonly secrets?: Readonly<Record<string, string>>;
}

const maxPasses = 5;

const noted = "2026-01-01T00:00:00Z";

let commits = 0;

export function makeRevision(): Revision {
  commits += 1;
  const commit = commits.toString(16).padStart(40, "0");
  return {
    branch: "main",
    commit,
    subject: `change ${commits}`,
    author: "A <a@example.org>",
    committedAt: "2026-01-01T00:00:00Z",
  };
}

export function makeConfig(text: RepositoryText): RepositoryConfig {
  return {
    layout: { units: ["units"], files: ["files"], secrets: ["secrets"] },
    admins: [],
    hosts: new Map(Object.entries(text.hosts ?? {})),
    defaults: { drift: "report", health: { settleMs: 5000, timeoutMs: 90_000 } },
    units: new Map(Object.entries(text.units ?? {})),
    files: new Map(Object.entries(text.fileRules ?? {})),
  };
}

/** The desired state of host `h1`, with whatever diagnostics it has. */
export function build(text: RepositoryText, host = "h1", place: HostLayout = layout): DesiredResult {
  const encoder = new TextEncoder();
  const files = new Map<string, SnapshotFile>();
  const add = (path: string, mode: SnapshotFile["mode"], content: string) => {
    const bytes = encoder.encode(content);
    files.set(path, { path, mode, bytes, blob: digestText(bytes) });
  };
  for (const [path, content] of Object.entries(text.files)) add(path, "file", content);
  for (const [path, target] of Object.entries(text.links ?? {})) add(path, "symlink", target);
  for (const [path, plaintext] of Object.entries(text.secrets ?? {}))
    add(path, "file", `age-encryption.org/v1 ${plaintext}`);
  const opened = Object.entries(text.secrets ?? {}).map(
    ([path, plaintext]) =>
      [nameCredential(path), { digest: `hmac:${plaintext}`, cacheKey: plaintext }] as const,
  );
  return buildDesired({
    snapshot: { revision: makeRevision(), files },
    config: makeConfig(text),
    host,
    layout: place,
    formats: secretFormats,
    secrets: new Map(opened),
    digestBytes: digestText,
  });
}

/** `roles/a/secrets/web.service/key.age` → `web.service/key`. */
function nameCredential(path: string): string {
  return path
    .replace(/\.age$/, "")
    .split("/")
    .slice(-2)
    .join("/");
}

export const policy: RefusalPolicy = {
  isProtected: createProtection([], []),
  prune: true,
  allowEmpty: false,
  pruneLimitPercent: 100,
  mayAdopt: () => false,
};

/**
 * A host in memory: files, units, and the agent's inventory. It obeys plans the way systemd would for the plain cases,
 * so that tests can play a sequence of pushes.
 */
export class SimulatedHost {
  readonly files = new Map<string, ObservedFile>();
  readonly units = new Map<string, ObservedUnit>();
  /** Path → unit. */
  readonly foreignDropIns = new Map<string, string>();
  inventory: Inventory = emptyInventory;
  generation: string | null = null;
  private nowUs = 1_000_000;
  private invocations = 0;
  private readonly runs = new Map<string, number>();
  /** What systemd has loaded. */
  private loaded: Desired["units"] = new Map();

  constructor() {
    for (const target of ["multi-user.target", "timers.target", "sockets.target", "paths.target"])
      this.run(target);
  }

  /** Lets a unit run, as a fresh invocation; overrides anything that the test wants different. */
  run(name: string, overrides: Partial<ObservedUnit> = {}): void {
    this.nowUs += 1000;
    this.invocations += 1;
    const unit: ObservedUnit = {
      name,
      loadState: "loaded",
      activeState: "active",
      subState: "running",
      job: null,
      invocationId: this.invocations.toString(16).padStart(32, "0"),
      startedAtUs: this.nowUs,
      triggeredBy: [],
      needDaemonReload: false,
    };
    const definition = this.loaded.get(name) ?? this.loaded.get(parseInstance(name)?.template ?? "");
    // A oneshot is never active while it works.
    const working = { activeState: "activating", subState: "start" } as const;
    const state = definition !== undefined && isPassing({ ...definition, name }) ? working : {};
    this.units.set(name, { ...unit, ...state, ...overrides });
    this.runs.set(name, this.runsOf(name) + 1);
  }

  /** How often it was started. */
  runsOf(name: string): number {
    return this.runs.get(name) ?? 0;
  }

  stop(name: string): void {
    const unit = this.units.get(name);
    if (unit !== undefined)
      this.units.set(name, { ...unit, activeState: "inactive", subState: "dead", invocationId: null });
  }

  fail(name: string): void {
    const unit = this.units.get(name);
    if (unit !== undefined) this.units.set(name, { ...unit, activeState: "failed", subState: "failed" });
  }

  invocationOf(name: string): string | null {
    return this.units.get(name)?.invocationId ?? null;
  }

  /** Puts a file on the host that the agent knows nothing of. */
  putFile(path: string, content: string): void {
    const digest = digestText(new TextEncoder().encode(content));
    this.files.set(path, { kind: "file", digest, mode: 0o644, owner: "root", group: "root" });
  }

  observe(): Observed {
    return {
      files: this.files,
      units: this.units,
      foreignDropIns: this.foreignDropIns,
      generation: this.generation,
      ties: readTies(new Map([...this.loaded].map(([name, { definition }]) => [name, definition.settings]))),
    };
  }

  plan(desired: Desired, chosen: RefusalPolicy = policy): Plan {
    return makePlan(desired, this.inventory, this.observe(), chosen);
  }

  /**
   * Plans and carries out, until nothing is left to do, up to `limit` steps: fewer stand for an agent that was killed there.
   * @param meanwhile what people and the world do while files are written
   */
  sync(text: RepositoryText, limit = Number.POSITIVE_INFINITY, meanwhile = () => {}): Plan {
    const { desired, diagnostics } = build(text);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
    const { plan, isComplete } = this.attempt(desired, limit, meanwhile);
    if (isComplete) this.settle(desired);
    return plan;
  }

  /** The units have proved that they work: the attempt is over. */
  settle({ revision }: Desired): void {
    const applied = recordApplied(this.inventory, revision, noted);
    this.inventory = { ...applied, actions: forgetDone(applied.actions) };
  }

  /** As `sync`, up to where the units have to prove that they work: what follows may be the way back. */
  attempt(
    desired: Desired,
    limit = Number.POSITIVE_INFINITY,
    meanwhile = () => {},
  ): { readonly plan: Plan; readonly isComplete: boolean } {
    const steps: Step[] = [];
    let first: Plan | null = null;
    let before: Observed["units"] | undefined;
    for (let pass = 1; pass <= maxPasses; pass += 1) {
      this.inventory = noteObserved(this.inventory, this.observe(), layout, before);
      before = new Map(this.units);
      const plan = this.plan(desired);
      if (plan.refusals.length > 0) throw new Error(plan.refusals[0]?.message);
      if (first !== null && plan.steps.length === 0) break;
      if (!this.apply(desired, plan, limit - steps.length, meanwhile)) return { plan, isComplete: false };
      steps.push(...plan.steps);
      first ??= plan;
    }
    if (first === null) throw new Error("no pass was made");
    return { plan: { ...first, steps }, isComplete: true };
  }

  /** @returns false when it was cut off */
  private apply(desired: Desired, plan: Plan, limit: number, meanwhile: () => void): boolean {
    const applied = this.inventory;
    const observed = new Map(this.units);
    const generation = `g${this.nowUs}`;
    this.inventory = claimPlan(
      this.saveOriginals(applied, desired, plan),
      desired,
      plan,
      generation,
      observed,
    );
    this.inventory = {
      ...this.inventory,
      actions: askActions(this.inventory.actions, plan, observed, noted),
    };
    const attempted = new Map<string, string>();
    const record = () => {
      meanwhile();
      const input = { applied: this.inventory, observed, keptPaths: new Set<string>() };
      this.inventory = recordWritten({ ...input, desired, plan });
    };
    const untilLoaded = 1 + plan.steps.findLastIndex(isBeforeJobs);
    for (const step of plan.steps.slice(0, Math.min(limit, untilLoaded))) {
      if (step.kind === "daemon-reload") {
        record();
        this.loaded = desired.units;
        this.nowUs += 1000;
        this.inventory = recordReloaded(this.inventory, this.nowUs);
      } else this.carryOut(step, generation, attempted);
    }
    if (limit < untilLoaded) return false;
    if (!plan.steps.some(({ kind }) => kind === "daemon-reload")) record();
    for (const step of plan.steps.slice(untilLoaded, limit)) this.carryOut(step, generation, attempted);
    if (limit < plan.steps.length) return false;
    const recorded = recordJobs(this.inventory, applied, desired, attempted, this.units);
    this.inventory = { ...recorded, actions: settleAsked(recorded.actions, this.units, noted) };
    return true;
  }

  private saveOriginals(applied: Inventory, desired: Desired, plan: Plan): Inventory {
    const originals: Record<string, Original> = { ...applied.originals };
    for (const [path, original] of findOriginals(applied, plan, this.files, layout)) {
      originals[path] = original.kind === "file" ? { ...original, copy: `/backups${path}` } : original;
    }
    const takenOver = findTakenOver(applied, desired, this.units);
    return releaseUnits({ ...applied, originals, takenOver }, plan, this.units);
  }

  private restore({ path, original }: Extract<Step, { kind: "restore" }>): void {
    if (original.kind === "absent") this.files.delete(path);
    else this.files.set(path, observeOriginal(original));
  }

  private carryOut(step: Step, generation: string, attempted: Map<string, string>): void {
    if (step.kind === "credentials") this.generation = generation;
    else if (step.kind === "write") this.files.set(step.file.path, observeEntry(step.file));
    else if (step.kind === "delete") this.files.delete(step.path);
    else if (step.kind === "restore") this.restore(step);
    else if (step.kind === "stop") this.stop(step.unit);
    else if (step.kind === "start" || step.kind === "restart") {
      const isRunning =
        this.invocationOf(step.unit) !== null && this.units.get(step.unit)?.activeState !== "failed";
      if (step.kind === "restart" || !isRunning) this.run(step.unit);
      attempted.set(step.unit, step.kind);
    } else if (step.kind === "reload" || step.kind === "refresh-cgroup") attempted.set(step.unit, step.kind);
  }
}

function observeOriginal(original: ForeignOriginal): ObservedFile {
  if (original.kind === "absent") return { kind: "absent" };
  if (original.kind === "link") return { kind: "link", linkTarget: original.linkTarget };
  const { kind, digest, mode, owner, group } = original;
  return { kind, digest, mode, owner, group };
}

/** Whether a step comes before the daemon-reload or is it. */
function isBeforeJobs(step: Step): boolean {
  if (step.kind === "stop") return step.isLate !== true;
  return ["credentials", "write", "adopt", "delete", "restore", "daemon-reload"].includes(step.kind);
}

function observeEntry(file: HostFile): ObservedFile {
  if (file.kind === "link") return { kind: "link", linkTarget: file.linkTarget };
  return {
    kind: "file",
    digest: file.digest,
    mode: file.mode,
    owner: file.owner ?? "root",
    group: file.group ?? "root",
  };
}

/** The plan's jobs as `restart web.service`, for short expectations. */
export function listJobs(plan: Plan): readonly string[] {
  return plan.steps.flatMap((step) =>
    step.kind === "stop" || step.kind === "start" || step.kind === "restart" || step.kind === "reload"
      ? [`${step.kind} ${step.unit}`]
      : [],
  );
}
