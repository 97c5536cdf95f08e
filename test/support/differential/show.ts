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

/** All properties of each unit, in the order asked for. */
export async function showUnits(machine: Machine, units: readonly string[]): Promise<readonly Properties[]> {
  const blocks = splitBlocks(await machine.check(["systemctl", "show", "--all", "--", ...units]));
  if (blocks.length !== units.length) {
    throw new Error(`systemctl show says ${blocks.length} things of ${units.length} units`);
  }
  return blocks.map(parseShown);
}
