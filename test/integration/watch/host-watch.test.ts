/** The watch on the host's directories: what people do to real files and directories is noticed, and costs little. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WatchPlaces } from "../../../src/core/drift/watch-places.ts";
import type { LookScope } from "../../../src/core/model/drift.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import { HostWatch } from "../../../src/watch/host-watch.ts";

let base: string;
let etc: string;
let watch: HostWatch;
let hints: LookScope[];
let errors: unknown[];

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), "host-watch-"));
  etc = path.join(base, "etc");
  mkdirSync(etc);
  hints = [];
  errors = [];
  watch = new HostWatch({
    onHint: (scope) => hints.push(scope),
    onIncomplete: (error) => errors.push(error),
  });
});
afterEach(() => {
  watch.close();
  rmSync(base, { recursive: true, force: true });
});

/** The places of a host with these units, and these files that belong to no unit. */
function placesOf(units: readonly string[], files: readonly string[] = []): WatchPlaces {
  const file = { role: "file", unit: null, origin: "", kind: "file", content: "", mode: 0o644 } as const;
  const unit = {
    owned: true,
    declared: true,
    masked: false,
    definition: { settings: {}, credentials: {}, files: {} },
    startedWith: "same",
    invocationId: null,
    pending: null,
    expected: true,
  } as const;
  return new WatchPlaces(
    {
      ...emptyInventory,
      units: Object.fromEntries(units.map((name) => [name, unit])),
      files: Object.fromEntries(files.map((name) => [name, file])),
    },
    {
      dropInParents: [etc, path.join(base, "run/system.control")],
      vendorDropInParents: [],
      quadletDirectory: path.join(base, "quadlets"),
      credentialDirectory: path.join(base, "credentials"),
      credentialsPath: path.join(base, "credentials/current"),
    },
  );
}

/** What was told since the last call. */
function takeTold(): ReadonlySet<string> {
  const told = hints
    .splice(0)
    .flatMap((scope) => (scope === "all" ? ["all"] : [...scope.units, ...scope.paths]));
  return new Set(told);
}

/** Does it, and waits until the name was told. */
async function expectTold(name: string, act: () => void): Promise<void> {
  takeTold();
  const told = new Set<string>();
  act();
  await vi.waitFor(
    () => {
      for (const one of takeTold()) told.add(one);
      expect(told).toContain(name);
    },
    { timeout: 10_000, interval: 5 },
  );
}

/** Does it, and then something else that is told: what was to be told of the first was told before. */
async function expectSilence(act: () => void): Promise<void> {
  const told = new Set<string>();
  act();
  await expectTold("a.service", () => appendFileSync(path.join(etc, "a.service"), "#\n"));
  for (const name of takeTold()) told.add(name);
  expect([...told].filter((name) => name !== "a.service")).toEqual([]);
}

function countInotifyWatches(): number {
  const texts = readdirSync("/proc/self/fdinfo").map((name) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${name}`, "utf8");
    } catch {
      return "";
    }
  });
  return texts.join("\n").match(/^inotify wd:/gm)?.length ?? 0;
}

describe("a unit file", () => {
  it("is told when it is written, edited in place, replaced, made unreadable and deleted", async () => {
    const file = path.join(etc, "a.service");
    watch.update(placesOf(["a.service"]));
    await expectTold("a.service", () => writeFileSync(file, "[Service]\n"));
    await expectTold("a.service", () => appendFileSync(file, "# by hand\n"));
    await expectTold("a.service", () => execFileSync("sed", ["-i", "s/hand/foot/", file]));
    await expectTold("a.service", () => chmodSync(file, 0o600));
    await expectTold("a.service", () => unlinkSync(file));
  });

  it("of nobody's is not told", async () => {
    watch.update(placesOf(["a.service"]));
    await expectSilence(() => {
      writeFileSync(path.join(etc, "other.service"), "[Service]\n");
      mkdirSync(path.join(etc, "other.service.d"));
      writeFileSync(path.join(etc, "other.service.d", "x.conf"), "[Service]\n");
    });
  });
});

describe("a drop-in", () => {
  it("is told in a directory that was there, and in one that is made for it", async () => {
    mkdirSync(path.join(etc, "a.service.d"));
    watch.update(placesOf(["a.service", "b.service"]));
    await expectTold("a.service", () => writeFileSync(path.join(etc, "a.service.d/x.conf"), ""));
    await expectTold("b.service", () => mkdirSync(path.join(etc, "b.service.d")));
    await expectTold("b.service", () => writeFileSync(path.join(etc, "b.service.d/x.conf"), ""));
    await expectTold("b.service", () => rmSync(path.join(etc, "b.service.d"), { recursive: true }));
    await expectTold("b.service", () => mkdirSync(path.join(etc, "b.service.d")));
    await expectTold("b.service", () => writeFileSync(path.join(etc, "b.service.d/x.conf"), ""));
  });

  it("is told in a directory of units that did not exist, nor did the one above it", async () => {
    watch.update(placesOf(["a.service"]));
    const directory = path.join(base, "run/system.control/a.service.d");
    await expectTold("all", () => mkdirSync(directory, { recursive: true }));
    await expectTold("a.service", () => writeFileSync(path.join(directory, "50-CPU.conf"), ""));
  });

  it("is told in a directory that takes the place of another one, as often as anybody likes", async () => {
    const [directory, other] = [path.join(etc, "a.service.d"), path.join(base, "other.d")];
    mkdirSync(directory);
    watch.update(placesOf(["a.service"]));
    for (let round = 0; round < 5; round += 1) {
      mkdirSync(other);
      await expectTold("a.service", () => {
        rmSync(directory, { recursive: true });
        renameSync(other, directory);
      });
      await expectTold("a.service", () => writeFileSync(path.join(directory, `${round}.conf`), ""));
    }
  });
});

it("a link that enables a unit is told, also in a directory that is made for it", async () => {
  watch.update(placesOf(["a.service"]));
  const wants = path.join(etc, "x.target.wants");
  await expectTold("all", () => mkdirSync(wants));
  await expectTold("a.service", () => symlinkSync("/x", path.join(wants, "a.service")));
  await expectTold("a.service", () => unlinkSync(path.join(wants, "a.service")));
});

it("a managed file is told, also after the directories above it were replaced", async () => {
  const [top, file] = [path.join(base, "app"), path.join(base, "app/conf/x.conf")];
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, "");
  watch.update(placesOf([], [file]));
  await expectTold(file, () => appendFileSync(file, "x"));
  await expectTold(file, () => renameSync(top, path.join(base, "old")));
  await expectTold(file, () => mkdirSync(path.dirname(file), { recursive: true }));
  await expectTold(file, () => writeFileSync(file, ""));
});

it("what is watched follows the inventory, and nothing is left of what went", async () => {
  const before = countInotifyWatches();
  const file = path.join(base, "app/x.conf");
  mkdirSync(path.dirname(file));
  writeFileSync(path.join(etc, "a.service"), "");
  watch.update(placesOf(["a.service"]));
  const withoutFile = countInotifyWatches();
  watch.update(placesOf(["a.service"], [file]));
  expect(countInotifyWatches()).toBe(withoutFile + 1);
  await expectTold(file, () => writeFileSync(file, ""));
  watch.update(placesOf(["a.service"]));
  expect(countInotifyWatches()).toBe(withoutFile);
  await expectSilence(() => appendFileSync(file, "x"));
  watch.close();
  expect(countInotifyWatches()).toBe(before);
});

it("a thousand units in one directory cost one inotify watch", () => {
  const units = Array.from({ length: 1000 }, (_, index) => `u${index}.service`);
  watch.update(placesOf(["a.service"]));
  const before = countInotifyWatches();
  for (const unit of units) writeFileSync(path.join(etc, unit), "");
  watch.update(placesOf(["a.service", ...units]));
  expect(countInotifyWatches()).toBe(before);
});

it("after more events than can be told one by one, everything is to be looked at", async () => {
  const units = Array.from({ length: 1000 }, (_, index) => `u${index}.service`);
  watch.update(placesOf(units));
  await expectTold("all", () => {
    for (let round = 0; round < 10; round += 1) {
      for (const unit of units) appendFileSync(path.join(etc, unit), "x");
    }
  });
  await expectTold("u7.service", () => appendFileSync(path.join(etc, "u7.service"), "x"));
  expect(hints.length).toBeLessThan(10);
});

it.skipIf(!canLimit())(
  "when there are no more inotify watches, that is said once, and the rest is watched",
  async () => {
    const script = path.join(base, "exhaust.mjs");
    await build({
      entryPoints: [path.join(import.meta.dirname, "../../support/watch/exhaust-watches.ts")],
      outfile: script,
      bundle: true,
      platform: "node",
      format: "esm",
    });
    const said = runLimited(`exec node ${script} ${base}`);
    expect(JSON.parse(said)).toEqual({ errors: ["ENOSPC"], told: [path.join(base, "d00/x.conf")] });
  },
);

/** Runs a command with 12 inotify watches: the limit of a user namespace of its own, so that nobody else is touched. */
function runLimited(command: string): string {
  const limit = "echo 12 >/proc/sys/user/max_inotify_watches";
  return execFileSync("unshare", ["--user", "--map-root-user", "sh", "-c", `${limit} && ${command}`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

function canLimit(): boolean {
  try {
    return runLimited("echo yes").includes("yes");
  } catch {
    return false;
  }
}
