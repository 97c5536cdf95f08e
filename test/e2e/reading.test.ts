/** Our reading of unit files against systemd's: of every unit file that is installed, of drop-ins by name, and of strange text. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SnapshotFile } from "../../src/core/model/snapshot.ts";
import { mergeSettings } from "../../src/core/units/definition.ts";
import { compareReading } from "../support/differential/agreement.ts";
import { readInstalledUnits } from "../support/differential/installed-units.ts";
import { Random } from "../support/differential/random.ts";
import { UnitExchange } from "../support/differential/show.ts";
import { makeStrangeText } from "../support/differential/strange-text.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import type { Machine } from "../support/machine/machine.ts";
import { splitBlocks } from "../support/machine/machine-output.ts";
import { build } from "../support/values/scenario.ts";

const seed = Number(process.env["DIFFERENTIAL_SEED"] ?? 20_260_101);

describeOnEachRoot("our reading agrees with systemd's", (boot, root) => {
  const exchange = new UnitExchange();
  let machine: Machine;
  beforeAll(async () => {
    machine = await boot({ binds: [exchange.bind] });
  });
  afterAll(() => exchange.remove());

  test("on every unit file that is installed", async () => {
    const units = await readInstalledUnits(machine);
    const aliases = new Map(
      units.flatMap(({ shown }) =>
        (shown["Names"] ?? "").split(" ").map((name) => [name, shown["Id"] ?? name] as const),
      ),
    );
    const results = units.map(({ name, files, shown }) => {
      if (shown["LoadState"] !== "loaded") return { name, unread: `LoadState=${shown["LoadState"]}` };
      if (files.length === 0) return { name, unread: "no file: systemd makes it up" };
      return { name, ...compareReading(mergeSettings(files).settings, shown, aliases) };
    });
    const read = results.flatMap((result) => ("checked" in result ? [result] : []));
    const unread = results.flatMap((result) => ("unread" in result ? [result.unread] : []));
    process.stdout.write(
      `reading ${root}: ${read.length} units, ${read.flatMap(({ checked }) => checked).length} settings of ` +
        `${new Set(read.flatMap(({ checked }) => checked)).size} keys. Units not read: ${tally(unread)}. ` +
        `Settings not compared: ${tally(read.flatMap(({ skipped }) => skipped))}\n`,
    );
    expect(read.filter(({ disagreements }) => disagreements.length > 0)).toEqual([]);
    expect(read.length).toBeGreaterThan(150);
    expect(new Set(read.flatMap(({ checked }) => checked)).size).toBeGreaterThan(40);
  });

  test("on which drop-ins count, and in what order", async () => {
    const random = new Random(seed);
    const names = Array.from({ length: 120 }, (_, index) => makeDropInCase(random, `t${index}`));
    const files: Record<string, string> = {
      "service.d/same.conf": "",
      "service.d/30-x.conf": "",
      "timer.d/10-x.conf": "",
    };
    for (const each of names) Object.assign(files, each.files);
    await exchange.load(machine, files);
    const shown = await machine.check([
      "systemctl",
      "show",
      "--property=DropInPaths",
      "--",
      ...names.map(({ unit }) => unit),
    ]);
    const theirs = splitBlocks(shown).map((block) =>
      block.replace("DropInPaths=", "").replaceAll("/run/systemd/system/", "").split(" ").filter(Boolean),
    );
    const { desired } = build({
      files: Object.fromEntries(Object.entries(files).map(([path, text]) => [`units/${path}`, text])),
      links: Object.fromEntries(
        names.flatMap(({ unit, fragment }) => (unit === fragment ? [] : [[`units/${unit}`, fragment]])),
      ),
    });
    const ours = names.map(({ unit }) =>
      (desired.units.get(unit)?.origins ?? []).slice(1).map((path) => path.replace("units/", "")),
    );
    expect(ours).toEqual(theirs);
    expect(theirs.filter((paths) => paths.length > 2).length).toBeGreaterThan(60);
  });

  test("on text that nobody would write", async () => {
    const random = new Random(seed);
    const texts = new Map(
      Array.from({ length: 400 }, (_, index) => [`s${index}.service`, makeStrangeText(random)]),
    );
    const files: Record<string, string | Uint8Array> = {};
    for (const [unit, text] of texts) {
      files[unit] = "[Service]\nExecStart=/bin/true\n";
      files[`${unit}.d/strange.conf`] = text;
    }
    await exchange.load(machine, files);
    const units = [...texts.keys()];
    const shown = await machine.check(["systemctl", "show", "--property=Description", "--", ...units]);
    const theirs = splitBlocks(shown);
    const disagreements = units.flatMap((unit, index) => {
      const settings = mergeSettings(
        [`${unit}`, `${unit}.d/strange.conf`].map((path) => toSnapshotFile(path, files[path] ?? "")),
      ).settings;
      // An empty Description= takes the description away.
      const ours = settings["Unit.Description"]?.at(-1) || unit;
      const [, read = unit] = /^Description=(.*)$/s.exec(theirs[index] ?? "") ?? [];
      return ours === read ? [] : [{ text: String(files[`${unit}.d/strange.conf`]), ours, theirs: read }];
    });
    expect(disagreements).toEqual([]);
  });
});

function toSnapshotFile(path: string, content: string | Uint8Array): SnapshotFile {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { path, mode: "file", bytes, blob: path };
}

function tally(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).join("; ") || "none";
}

/** A unit whose name has dashes and perhaps an instance, and drop-ins in directories that may or may not be its own. */
function makeDropInCase(
  random: Random,
  prefix: string,
): { readonly unit: string; readonly fragment: string; readonly files: Record<string, string> } {
  const type = random.pick(["service", "service", "timer", "slice"]);
  const stem = `${prefix}-${random.pick(["foo", "foo-bar", "foo--bar", "foo-bar-", "foo-bar-baz"])}`;
  const instance = type !== "slice" && random.chance(0.6) ? random.pick(["x", "x-y", "-", "a:b"]) : null;
  const cut = stem.replace(/-+$/, "");
  const stems = [stem, `${prefix}-`, prefix, `${prefix}-foo-`, `${prefix}-foo--`, `${prefix}-foo-bar-`, cut];
  const marks = instance === null ? ["", "@"] : ["", "@", `@${instance}`, "@x-"];
  const files: Record<string, string> = {};
  for (let made = 0; made < 8; made += 1) {
    const directory = `${random.pick(stems)}${random.pick(marks)}.${type}.d`;
    files[`${directory}/${random.pick(["10-a", "20-b", "same", "Z", "30-x"])}.conf`] = "";
  }
  const fragment = instance === null ? `${stem}.${type}` : `${stem}@.${type}`;
  const isSlice = type === "slice";
  files[fragment] = isSlice ? "[Slice]\n" : "[Unit]\nDescription=x\n";
  return { unit: instance === null ? fragment : `${stem}@${instance}.${type}`, fragment, files };
}
