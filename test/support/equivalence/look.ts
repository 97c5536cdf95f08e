/** Asks a machine what runs on it, after waiting for it to come to rest. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { transform } from "esbuild";
import type { Machine } from "../machine/machine.ts";
import type { Running } from "./probe.ts";

const patience = 60_000;

export class Lookout {
  readonly #machine: Machine;
  readonly #probe: string;

  private constructor(machine: Machine, probe: string) {
    this.#machine = machine;
    this.#probe = probe;
  }

  static async post(machine: Machine): Promise<Lookout> {
    const source = await readFile(join(import.meta.dirname, "probe.ts"), "utf8");
    const { code } = await transform(source, { loader: "ts", format: "esm", target: "node20" });
    return new Lookout(machine, code);
  }

  /** What runs of the units whose names match, once nothing is under way any more. */
  async look(pattern: string): Promise<Running> {
    await this.#machine.waitFor("all jobs to end", () => this.#isAtRest(pattern), patience);
    const argv = ["node", "--input-type=module", "-", pattern];
    return JSON.parse(await this.#machine.check(argv, { stdin: this.#probe })) as Running;
  }

  async #isAtRest(pattern: string): Promise<boolean> {
    const jobs = await this.#machine.check(["systemctl", "list-jobs", "--no-legend", "--plain"]);
    if (jobs !== "") return false;
    const moving = await this.#machine.check([
      ...["systemctl", "list-units", "--all", "--plain", "--no-legend"],
      "--state=activating,deactivating,reloading",
    ]);
    const names = moving.split("\n").map((line) => line.trim().split(/\s+/)[0] ?? "");
    return !names.some((name) => new RegExp(pattern).test(name));
  }
}
