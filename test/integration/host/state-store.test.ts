import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { emptyActionLog } from "../../../src/core/model/actions.ts";
import type { Definition } from "../../../src/core/model/desired.ts";
import { AgentError, type Diagnostic } from "../../../src/core/model/errors.ts";
import type { Inventory } from "../../../src/core/model/inventory.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import { StateStore } from "../../../src/host/state-store.ts";
import { toldSince } from "../../support/values/told-drift.ts";

const isRoot = process.getuid?.() === 0;
const revision: Revision = {
  branch: "main",
  commit: "3f2a91c0".repeat(5),
  subject: "jellyfin 10.11",
  author: "alice@example.org",
  committedAt: "2026-11-20T08:00:00Z",
};
const definition: Definition = {
  settings: { "Service.Environment": ['"A=ü"', "B=2"], "Unit.Wants": [] },
  credentials: { "db-password": `hmac-sha256:${"0".repeat(64)}` },
  files: { "/etc/app.conf": `sha256:${"1".repeat(64)}` },
};
const unit = {
  owned: true,
  declared: true,
  masked: false,
  definition,
  pending: null,
  expected: true,
} as const;
const inventory: Inventory = {
  version: 1,
  host: "media",
  revision,
  appliedAt: "2026-11-20T08:30:00Z",
  loadedAtUs: 1_795_161_600_000_000,
  reloadOwed: true,
  applying: revision,
  driftRules: {
    defaults: { default: "report", kinds: { stopped: "correct" }, ignore: [] },
    units: { "web.service": { default: "ignore", kinds: {}, ignore: ["/etc/x*"] } },
    files: { "/etc/app.conf": { default: "correct", kinds: { mode: "report" }, ignore: [] } },
  },
  runningBefore: ["web.service"],
  leaving: ["old.service"],
  retired: ["idle.service"],
  settling: ["web.service"],
  owedHooks: [
    { hook: { verb: "run", command: ["sysctl", "--system"] }, because: "/etc/sysctl.d/a.conf added" },
    { hook: { verb: "reload", unit: "nginx.service" }, because: "/etc/nginx/a.conf changed" },
  ],
  actions: {
    first: 3,
    asked: [{ unit: "web.service", verb: "restart", because: "Nice= changed", startedAtUs: 0 }],
    done: [{ unit: "db.service", action: "stopped", because: "gone", at: "2026-11-20T08:30:00Z" }],
  },
  unfinished: [
    {
      unit: "long.service",
      startedAtUs: 1_795_161_600_000_000,
      isQueued: false,
      health: { settleMs: 5000, timeoutMs: 90_000, check: ["/bin/true"] },
    },
  ],
  originals: {
    "/etc/a": { kind: "as-applied" },
    "/etc/b": { kind: "absent", managed: true },
    "/etc/c": { kind: "link", managed: false, linkTarget: "/dev/null" },
    "/etc/d": {
      kind: "file",
      managed: false,
      digest: `sha256:${"3".repeat(64)}`,
      mode: 0o600,
      owner: "app",
      group: "1234",
      copy: "/var/lib/gitops-agent/backups/20261120T083000Z/etc/d",
    },
  },
  takenOver: { "foreign.service": "c".repeat(32) },
  removedTimers: ["night.timer"],
  files: {
    "/etc/systemd/system/web.service": {
      role: "fragment",
      unit: "web.service",
      origin: "units/web.service",
      kind: "file",
      content: `sha256:${"2".repeat(64)}`,
      mode: 0o644,
    },
    "/etc/app.conf": {
      role: "file",
      unit: null,
      origin: "files/etc/app.conf",
      kind: "file",
      content: `sha256:${"1".repeat(64)}`,
      mode: 0o640,
      owner: "app",
      group: "app",
    },
  },
  units: {
    "web.service": { ...unit, startedWith: "same", invocationId: "a".repeat(32) },
    "new.service": { ...unit, startedWith: "never", invocationId: null },
    "old.service": { ...unit, startedWith: { ...definition, files: {} }, invocationId: "b".repeat(32) },
  },
  generation: "20261120T083000.000Z-0123456789abcdef",
  credentials: [
    {
      unit: "web.service",
      name: "db-password",
      origin: "secrets/x.age",
      digest: "hmac-sha256:0",
      cacheKey: "hmac-sha256:1",
      delivery: "credential",
    },
  ],
  credentialsFrom: revision,
};
const syncRecord: SyncRecord = {
  corrections: { "/etc/app.conf": ["2026-11-20T08:30:00Z"] },
  version: 2,
  polledAt: "2026-11-20T08:30:00Z",
  fetchFailure: null,
  tip: revision,
  attempt: {
    revision,
    cause: "push",
    signedBy: "alice@example.org",
    beganAt: "2026-11-20T08:29:00Z",
    phaseAt: "2026-11-20T08:30:00Z",
    phase: "refused",
    failure: { code: "sync-failed", message: "m", hint: null, details: ["d"], since: "2026-11-20T08:30:00Z" },
  },
  stall: { code: "host-changed", message: "m", hint: "h", details: [], since: "2026-11-20T08:30:00Z" },
  applied: {
    signedBy: "alice@example.org",
    failedUnits: [{ unit: "web.service", message: "exit 1", log: [] }],
    warnings: ["units/a.service:3: unknown key"],
  },
  lastActions: { "web.service": { action: "restarted", because: "changed", at: "2026-11-20T08:30:00Z" } },
  drift: [
    {
      key: "k",
      kind: "missing",
      unit: null,
      path: "/etc/x",
      message: "m",
      ...toldSince("2026-11-20T08:30:00Z"),
    },
  ],
  vendorDropIns: ["/usr/lib/systemd/system/service.d/x.conf"],
  lookFailure: {
    code: "systemd-unreachable",
    message: "m",
    hint: null,
    details: [],
    since: "2026-11-20T08:30:00Z",
  },
};

let root: string;
let directory: string;
let warnings: Diagnostic[];
let store: StateStore;
let nowMs: number;

function openStore(): StateStore {
  const warn = (diagnostic: Diagnostic) => warnings.push(diagnostic);
  return new StateStore({ stateDirectory: directory, warn, now: () => nowMs });
}

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "state-"));
  directory = path.join(root, "gitops-agent");
  warnings = [];
  nowMs = Date.now();
  store = openStore();
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function refusalOf(promise: Promise<unknown>): Promise<AgentError> {
  const error: unknown = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw error;
  return error;
}

async function refusalOfText(text: string): Promise<AgentError> {
  await writeFile(store.inventoryPath, text);
  const error = await refusalOf(store.loadInventory());
  expect([error.code, error.subject]).toEqual(["state-unreadable", store.inventoryPath]);
  expect(error.hint).not.toBe("");
  return error;
}

describe("the state store", () => {
  test("begins with an empty inventory and an empty record, and writes nothing to say so", async () => {
    expect(await store.loadInventory()).toEqual(emptyInventory);
    expect(await store.loadSyncRecord()).toEqual(emptySyncRecord);
    expect(await readdir(root)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test("reads an inventory of an earlier version, which has no log of actions and no unfinished units", async () => {
    await mkdir(directory);
    await writeFile(
      store.inventoryPath,
      JSON.stringify({ ...inventory, actions: undefined, unfinished: undefined }),
    );
    expect(await store.loadInventory()).toEqual({ ...inventory, actions: emptyActionLog, unfinished: [] });
  });

  test("gives back exactly what was saved", async () => {
    for (const saved of [inventory, emptyInventory, inventory]) {
      await store.saveInventory(saved);
      expect(await store.loadInventory()).toBe(saved);
      expect(await openStore().loadInventory()).toEqual(saved);
    }
    for (const saved of [syncRecord, emptySyncRecord]) {
      await store.saveSyncRecord(saved);
      expect(await store.loadSyncRecord()).toEqual(saved);
      expect(await openStore().loadSyncRecord()).toEqual(saved);
    }
  });

  test("reads what somebody has put in the place of what was just saved, also with the same size and times", async () => {
    await store.saveInventory(inventory);
    const text = await readFile(store.inventoryPath, "utf8");
    const { atime, mtime } = await stat(store.inventoryPath);
    await writeFile(store.inventoryPath, text.replace('"night.timer"', '"light.timer"'));
    await utimes(store.inventoryPath, atime, mtime);
    expect((await store.loadInventory()).removedTimers).toEqual(["light.timer"]);
  });

  test("reads an inventory of the version before, which knew nothing of what stood on the host", async () => {
    const { originals: _, takenOver: __, removedTimers: ___, ...earlier } = inventory;
    await store.saveInventory(emptyInventory);
    await writeFile(store.inventoryPath, JSON.stringify(earlier));
    const added = { originals: {}, takenOver: {}, removedTimers: [] };
    expect(await store.loadInventory()).toEqual({ ...earlier, ...added });
  });

  test("reads a record that does not say whether systemd answered", async () => {
    await store.saveSyncRecord(syncRecord);
    const { lookFailure: _, vendorDropIns: __, ...earlier } = syncRecord;
    await writeFile(store.syncRecordPath, JSON.stringify(earlier));
    expect(await openStore().loadSyncRecord()).toEqual({
      ...earlier,
      vendorDropIns: null,
      lookFailure: null,
    });
    expect(warnings).toEqual([]);
  });

  test("believes what it has read until the file changes, and sees at once what somebody did to it", async () => {
    await store.saveInventory(inventory);
    nowMs = Date.now() + 5_000;
    const loaded = await store.loadInventory();
    expect(await store.loadInventory()).toBe(loaded);
    await store.saveInventory({ ...inventory, reloadOwed: false });
    expect((await store.loadInventory()).reloadOwed).toBe(false);
    nowMs = Date.now() + 5_000;
    await store.loadInventory();
    const text = await readFile(store.inventoryPath, "utf8");
    await writeFile(store.inventoryPath, text.replace("false", "flase"));
    expect((await refusalOf(store.loadInventory())).code).toBe("state-unreadable");
    await rm(store.inventoryPath);
    expect(await store.loadInventory()).toEqual(emptyInventory);
  });

  test("writes polls that found nothing once a minute, and everything else at once", async () => {
    const pollAfter = (seconds: number): SyncRecord => {
      const polledAt = new Date(Date.parse("2026-11-20T08:30:00Z") + seconds * 1000).toISOString();
      return { ...syncRecord, polledAt };
    };
    const readByOther = () => openStore().loadSyncRecord();
    await store.saveSyncRecord(pollAfter(0));
    await store.saveSyncRecord(pollAfter(40));
    expect([await store.loadSyncRecord(), await readByOther()]).toEqual([pollAfter(40), pollAfter(0)]);
    await store.saveSyncRecord(pollAfter(60));
    expect([await store.loadSyncRecord(), await readByOther()]).toEqual([pollAfter(60), pollAfter(60)]);
    await store.saveSyncRecord(pollAfter(70));
    const news = { ...pollAfter(80), attempt: null };
    await store.saveSyncRecord(news);
    expect([await store.loadSyncRecord(), await readByOther()]).toEqual([news, news]);
    await store.saveSyncRecord({ ...news, polledAt: pollAfter(90).polledAt });
    await rm(store.syncRecordPath);
    await store.saveSyncRecord(news);
    expect(await readByOther()).toEqual(news);
  });

  test("is readable by its owner only, and removes what a killed process left", async () => {
    await store.saveInventory(inventory);
    await writeFile(path.join(directory, ".inventory.json.gitops-agent-0123456789abcdef"), "half");
    await store.saveInventory(inventory);
    await store.saveSyncRecord(syncRecord);
    const modeOf = async (place: string) => (await stat(place)).mode & 0o7777;
    expect(await modeOf(directory)).toBe(0o700);
    expect(await modeOf(store.inventoryPath)).toBe(0o600);
    expect(await modeOf(store.syncRecordPath)).toBe(0o600);
    expect((await readdir(directory)).sort()).toEqual(["inventory.json", "sync.json"]);
  });

  test("refuses an inventory that is cut off anywhere", async () => {
    await store.saveInventory(inventory);
    const whole = JSON.stringify(inventory);
    for (let length = 0; length < whole.length; length += 97) {
      expect((await refusalOfText(whole.slice(0, length))).message).toMatch(/empty|cut off/);
    }
  });

  test("refuses an inventory of a newer version and says which one it is", async () => {
    await store.saveInventory(inventory);
    const error = await refusalOfText(JSON.stringify({ version: 7, somethingNew: true }));
    expect(error.message).toContain("version 7");
    expect(error.hint).toContain("newer");
  });

  test.each([
    ["another kind of JSON", "[]"],
    ["no version", "{}"],
    ["version zero", JSON.stringify({ ...inventory, version: 0 })],
    ["a key it does not know", JSON.stringify({ ...inventory, extra: 1 })],
    ["a missing key", JSON.stringify({ ...inventory, units: undefined })],
    [
      "a relative path",
      JSON.stringify({ ...inventory, files: { "etc/x": Object.values(inventory.files)[0] } }),
    ],
    ["a commit that is none", JSON.stringify({ ...inventory, revision: { ...revision, commit: "main" } })],
    ["bytes that are not UTF-8", "\0"],
  ])("refuses an inventory with %s", async (_, text) => {
    await store.saveInventory(inventory);
    await refusalOfText(text);
  });

  test("names the place that is wrong", async () => {
    await store.saveInventory(inventory);
    const broken = {
      ...inventory,
      units: { "web.service": { ...unit, startedWith: "maybe", invocationId: null } },
    };
    expect((await refusalOfText(JSON.stringify(broken))).message).toContain(
      "units → web.service → startedWith",
    );
  });

  test("starts a broken record of past syncs anew and says so", async () => {
    await store.saveSyncRecord(syncRecord);
    await writeFile(store.syncRecordPath, "{");
    expect(await store.loadSyncRecord()).toEqual(emptySyncRecord);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.file).toBe(store.syncRecordPath);
    expect(warnings[0]?.message).toContain("anew");
  });

  test.skipIf(isRoot)(
    "keeps the old inventory when it cannot write (skipped as root, who always can)",
    async () => {
      await store.saveInventory(inventory);
      await chmod(directory, 0o500);
      const error = await refusalOf(store.saveInventory(emptyInventory));
      expect(error.code).toBe("state-unwritable");
      expect(await store.loadInventory()).toEqual(inventory);
      await chmod(directory, 0o700);
    },
  );
});
