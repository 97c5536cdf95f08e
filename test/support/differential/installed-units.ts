/** Reads from a machine which unit files are installed, what they say, and what systemd made of them. Starts nothing. */
import type { SnapshotFile } from "../../../src/core/model/snapshot.ts";
import type { Machine } from "../machine/machine.ts";
import { parseProperties, splitBlocks } from "../machine/machine-output.ts";
import type { Properties } from "./properties.ts";

export interface InstalledUnit {
  readonly name: string;
  /** As systemd reads them: the unit's own file, then the drop-ins in their order. */
  readonly files: readonly SnapshotFile[];
  readonly shown: Properties;
}

/** Every unit that a file of the machine defines; a template as one of its instances. */
export async function readInstalledUnits(machine: Machine): Promise<readonly InstalledUnit[]> {
  // The test machine masks what it wants not to start. Nothing starts by being unmasked.
  await machine.shell("find /etc/systemd/system -lname /dev/null -delete; systemctl daemon-reload");
  const listing = await machine.check([
    "systemctl",
    "list-unit-files",
    "--no-legend",
    "--no-pager",
    "--full",
  ]);
  const names = listing.split("\n").map((line) => (line.split(/\s+/)[0] ?? "").replace("@.", "@check."));
  const blocks = splitBlocks(await machine.check(["systemctl", "show", "--all", "--", ...names]));
  const shown = blocks.map(parseProperties);
  const contents = await readContents(machine, [...new Set(shown.flatMap(listPaths))]);
  return names.map((name, index) => {
    const properties = shown[index] ?? {};
    return {
      name,
      shown: properties,
      files: listPaths(properties).flatMap((path) => contents.get(path) ?? []),
    };
  });
}

function listPaths({ FragmentPath = "", DropInPaths = "" }: Properties): readonly string[] {
  return [FragmentPath, ...DropInPaths.split(" ")].filter((path) => path !== "");
}

async function readContents(
  machine: Machine,
  paths: readonly string[],
): Promise<ReadonlyMap<string, SnapshotFile>> {
  const script = 'while read -r path; do base64 --wrap=0 -- "$path"; echo; done';
  const lines = (await machine.shell(script, { stdin: `${paths.join("\n")}\n` })).split("\n");
  return new Map(
    paths.map((path, index) => {
      const bytes = new Uint8Array(Buffer.from(lines[index] ?? "", "base64"));
      return [path, { path, mode: "file", bytes, blob: path }];
    }),
  );
}
