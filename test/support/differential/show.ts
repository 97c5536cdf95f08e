/** Has the systemd of a machine load unit files, and asks what it made of them. Starts nothing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Machine } from "../machine/machine.ts";
import type { Bind } from "../machine/machine-driver.ts";
import { splitBlocks } from "../machine/machine-output.ts";
import { type Properties, parseShown } from "./properties.ts";

const directoryInMachine = "/srv/units-to-load";
/** Nothing else is there on a booted machine. */
const unitDirectory = "/run/systemd/system";

/** A directory here that machines see, to hand over many files at once. */
export class UnitExchange {
  readonly path: string = mkdtempSync(join(tmpdir(), "gitops-agent-units-"));
  #versions = 0;

  get bind(): Bind {
    return { source: this.path, target: directoryInMachine, readOnly: true };
  }

  /** Makes `files`, by path below the unit directory, the only units of the machine besides its own. */
  async load(machine: Machine, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    this.#versions += 1;
    const version = join(this.path, `${this.#versions}`);
    mkdirSync(version);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(version, path)), { recursive: true });
      writeFileSync(join(version, path), text);
    }
    const source = `${directoryInMachine}/${this.#versions}`;
    await machine.shell(
      `rm -rf ${unitDirectory}; mkdir ${unitDirectory}; cp -a ${source}/. ${unitDirectory}; systemctl daemon-reload`,
    );
    rmSync(version, { recursive: true });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** All properties of each unit, in the order asked for, as far as `systemctl show` can print them. */
export async function showUnits(machine: Machine, units: readonly string[]): Promise<readonly Properties[]> {
  const blocks = splitBlocks(await machine.check(["systemctl", "show", "--all", "--", ...units]));
  if (blocks.length !== units.length) {
    throw new Error(`systemctl show says ${blocks.length} things of ${units.length} units`);
  }
  return blocks.map(parseShown);
}

const unprintable = [
  "Conditions",
  "Asserts",
  "LoadCredential",
  "LoadCredentialEncrypted",
  "SetCredential",
  "SetCredentialEncrypted",
];

/** The properties that `systemctl show` calls unprintable, asked for over the bus: a process a unit, so it is slow. */
export async function readUnprintable(
  machine: Machine,
  units: readonly string[],
): Promise<readonly Properties[]> {
  const script =
    'while read -r path; do busctl --json=short call org.freedesktop.systemd1 "$path" ' +
    'org.freedesktop.DBus.Properties GetAll s ""; done';
  const answers = await machine.shell(script, { stdin: units.map((unit) => `${pathOf(unit)}\n`).join("") });
  const lines = answers.split("\n");
  return units.map((_, index) => readAnswer(lines[index] ?? ""));
}

function readAnswer(line: string): Properties {
  const { data } = JSON.parse(line) as {
    readonly data: readonly [Readonly<Record<string, { readonly data: unknown }>>];
  };
  return Object.fromEntries(
    unprintable.map((name) => [name, sortEntries(data[0][name]?.data ?? [])] as const),
  );
}

/** Credentials come in the order of a hash table; of conditions systemd asks all, whatever their order. */
function sortEntries(entries: unknown): string {
  if (!Array.isArray(entries)) throw new TypeError(`no list: ${JSON.stringify(entries)}`);
  return entries
    .map((entry) => JSON.stringify(entry))
    .sort()
    .join(" ");
}

/** As sd_bus_path_encode(3) has it. */
function pathOf(unit: string): string {
  const encoded = unit.replace(/[^A-Za-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}`);
  return `/org/freedesktop/systemd1/unit/${encoded}`;
}
