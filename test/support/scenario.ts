/**
 * Builds desired, applied and observed states for tests of the pure core: a repository as text, a host as a few words.
 * Must not touch the machine.
 */
import { createHash } from "node:crypto";
import { buildDesired, type DesiredResult } from "../../src/core/desired.ts";
import { emptyInventory } from "../../src/core/inventory.ts";
import { claimPlan } from "../../src/core/inventory-claim.ts";
import { recordJobs, recordReloaded, recordWritten } from "../../src/core/inventory-update.ts";
import { addLateSteps, findLatecomers, listBystanders, recordBystanders } from "../../src/core/latecomers.ts";
import { makePlan } from "../../src/core/plan.ts";
import type { Plan, Step } from "../../src/core/plan-types.ts";
import { createProtection } from "../../src/core/protection.ts";
import type { RefusalPolicy } from "../../src/core/refusals.ts";
import type { FileRules, HostEntry, RepositoryConfig, UnitRules } from "../../src/core/rules.ts";
import type {
  Desired,
  HostFile,
  Inventory,
  Observed,
  ObservedFile,
  ObservedUnit,
  Revision,
  SnapshotFile,
} from "../../src/core/state.ts";
import { isTemplateName, parseInstance } from "../../src/core/unit-name.ts";

export const unitDirectory = "/etc/systemd/system";

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

let commits = 0;

function makeRevision(): Revision {
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

function makeConfig(text: RepositoryText): RepositoryConfig {
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
export function build(text: RepositoryText, host = "h1"): DesiredResult {
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
    ([path, plaintext]) => [path, { digest: `hmac:${plaintext}`, cacheKey: plaintext }] as const,
  );
  return buildDesired({
    snapshot: { revision: makeRevision(), files },
    config: makeConfig(text),
    host,
    paths: {
      unitDirectory,
      quadletDirectory: "/etc/containers/systemd",
      stateDirectory: "/var/lib/gitops-agent",
      runtimeDirectory: "/run/gitops-agent",
      credentialsPath: "/run/gitops-agent/credentials/current",
    },
    secrets: new Map(opened),
    digestBytes: digestText,
  });
}

export const policy: RefusalPolicy = {
  isProtected: createProtection([], []),
  prune: true,
  allowEmpty: false,
  pruneLimitPercent: 100,
};

/**
 * A host in memory: files, units, and the agent's inventory. It obeys plans the way systemd would for the plain cases,
 * so that tests can play a sequence of pushes.
 */
export class SimulatedHost {
  readonly files = new Map<string, ObservedFile>();
  readonly units = new Map<string, ObservedUnit>();
  inventory: Inventory = emptyInventory;
  generation: string | null = null;
  private nowUs = 1_000_000;
  private invocations = 0;
  private readonly runs = new Map<string, number>();

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
    this.units.set(name, { ...unit, ...overrides });
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
    return { files: this.files, units: this.units, foreignDropIns: new Map(), generation: this.generation };
  }

  plan(desired: Desired, chosen: RefusalPolicy = policy): Plan {
    return makePlan(desired, this.inventory, this.observe(), chosen);
  }

  /**
   * Plans and carries out, up to `limit` steps of the plan: fewer stand for an agent that was killed there.
   * @param meanwhile what people and the world do while files are written
   */
  sync(text: RepositoryText, limit = Number.POSITIVE_INFINITY, meanwhile = () => {}): Plan {
    const { desired, diagnostics } = build(text);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
    const plan = this.plan(desired);
    if (plan.refusals.length > 0) throw new Error(plan.refusals[0]?.message);
    const applied = this.inventory;
    const before = this.observe();
    const observed = { ...before, files: new Map(before.files), units: new Map(before.units) };
    const generation = `g${this.nowUs}`;
    this.inventory = claimPlan(applied, desired, plan, generation);
    const attempted = new Set<string>();
    const untilLoaded = 1 + plan.steps.findLastIndex(({ kind }) => isBeforeJobs(kind));
    for (const step of plan.steps.slice(0, Math.min(limit, untilLoaded))) {
      if (step.kind === "daemon-reload") {
        meanwhile();
        this.inventory = recordWritten({ ...this.recordInput(observed), desired, plan });
        this.nowUs += 1000;
        this.inventory = recordReloaded(this.inventory, this.nowUs);
      } else this.carryOut(step, generation, attempted);
    }
    if (limit < untilLoaded) return plan;
    if (!plan.steps.some(({ kind }) => kind === "daemon-reload")) {
      meanwhile();
      this.inventory = recordWritten({ ...this.recordInput(observed), desired, plan });
    }
    const { whole, settle } = this.includeLatecomers({ plan, desired, applied }, observed.units, (units) =>
      makePlan(desired, applied, { ...observed, units: new Map([...observed.units, ...units]) }, policy),
    );
    for (const step of whole.steps.slice(untilLoaded, limit)) this.carryOut(step, generation, attempted);
    if (limit < whole.steps.length) return plan;
    this.inventory = {
      ...settle(recordJobs(this.inventory, desired, attempted, this.units)),
      revision: desired.revision,
      applying: null,
      settling: [],
    };
    return whole;
  }

  private recordInput(observed: Observed) {
    return { applied: this.inventory, observed: observed.units, keptPaths: new Set<string>() };
  }

  private includeLatecomers(
    {
      plan,
      desired,
      applied,
    }: { readonly plan: Plan; readonly desired: Desired; readonly applied: Inventory },
    observed: ReadonlyMap<string, ObservedUnit>,
    replan: (units: ReadonlyMap<string, ObservedUnit>) => Plan,
  ) {
    const bystanders = listBystanders(applied, this.inventory, observed);
    const templates = new Set(bystanders.filter(isTemplateName));
    const now = new Map(
      [...this.units].filter(
        ([name]) => bystanders.includes(name) || templates.has(parseInstance(name)?.template ?? ""),
      ),
    );
    const late = findLatecomers(observed, now, this.inventory.loadedAtUs);
    const whole = addLateSteps(plan, replan(late));
    const settle = (done: Inventory) => recordBystanders(done, bystanders, { plan: whole, desired }, now);
    return { whole, settle };
  }

  private carryOut(step: Step, generation: string, attempted: Set<string>): void {
    if (step.kind === "credentials") this.generation = generation;
    else if (step.kind === "write") this.files.set(step.file.path, observeEntry(step.file));
    else if (step.kind === "delete") this.files.delete(step.path);
    else if (step.kind === "stop") this.stop(step.unit);
    else if (step.kind === "start" || step.kind === "restart") {
      const isRunning =
        this.invocationOf(step.unit) !== null && this.units.get(step.unit)?.activeState !== "failed";
      if (step.kind === "restart" || !isRunning) this.run(step.unit);
      attempted.add(step.unit);
    } else if (step.kind === "reload" || step.kind === "refresh-cgroup") attempted.add(step.unit);
  }
}

/** Whether steps of the kind come before the daemon-reload or are it. A stop may be before or after; the last of these counts. */
function isBeforeJobs(kind: Step["kind"]): boolean {
  return ["credentials", "write", "adopt", "delete", "daemon-reload"].includes(kind);
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
