/** Has the systemd of a machine load unit files, and asks what it made of them. Starts nothing. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Machine } from "../machine.ts";
import type { Bind } from "../machine-driver.ts";
import { splitBlocks } from "../machine-output.ts";
import type { UnitFiles } from "./pairs.ts";
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

  /** Makes `files` the only units of the machine besides its own. A value that starts with `->` is a symlink. */
  async load(machine: Machine, files: UnitFiles): Promise<void> {
    this.#versions += 1;
    const version = join(this.path, `${this.#versions}`);
    mkdirSync(version);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(version, path)), { recursive: true });
      if (text.startsWith("->")) symlinkSync(text.slice(2), join(version, path));
      else writeFileSync(join(version, path), text);
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

const ofUnit = ["Conditions", "Asserts"];
const ofProgram = ["LoadCredential", "LoadCredentialEncrypted", "SetCredential", "SetCredentialEncrypted"];
const programTypes = ["Service", "Socket", "Mount"];

/** The properties that `systemctl show` calls unprintable, over the bus: one object a unit, in the order asked for. */
export async function readUnprintable(
  machine: Machine,
  units: readonly string[],
): Promise<readonly Properties[]> {
  const calls = units.flatMap((unit) => {
    const type = programTypes.find((name) => unit.endsWith(`.${name.toLowerCase()}`));
    const get = (kind: string, names: readonly string[]) =>
      `${objectPath(unit)} org.freedesktop.systemd1.${kind} ${names.join(" ")}`;
    return [get("Unit", ofUnit), ...(type === undefined ? [] : [get(type, ofProgram)])];
  });
  const script =
    "while read -r call; do busctl --json=short get-property org.freedesktop.systemd1 $call; done";
  const lines = (await machine.shell(script, { stdin: `${calls.join("\n")}\n` })).split("\n");
  return units.map((unit) => {
    const hasProgram = programTypes.some((name) => unit.endsWith(`.${name.toLowerCase()}`));
    const names = hasProgram ? [...ofUnit, ...ofProgram] : ofUnit;
    return Object.fromEntries(names.map((name) => [name, sortEntries(lines.shift() ?? "missing")]));
  });
}

/** Credentials come in the order of a hash table; of conditions systemd asks all, whatever their order. */
function sortEntries(line: string): string {
  const { data } = JSON.parse(line) as { data: readonly unknown[] };
  return data
    .map((entry) => JSON.stringify(entry))
    .sort()
    .join(" ");
}

/** As sd_bus_path_encode(3) has it. */
function objectPath(unit: string): string {
  const escape = (character: string) => `_${character.charCodeAt(0).toString(16)}`;
  return `/org/freedesktop/systemd1/unit/${unit.replace(/[^A-Za-z0-9]/g, escape)}`;
}
