/** What `systemd-analyze verify` finds on this host besides the revision. Remembers what can only change together with it. */
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";
import type { HostLayout } from "../../core/model/host-layout.ts";
import { type HostUnitsInput, listMentioned, readHostUnits } from "./host-units.ts";
import { runChecker } from "./run.ts";

export interface HostLook {
  /** Where systemd looks for units besides the unit directory. */
  readonly unitPaths: readonly string[];
  /** Changes with the units of others, and with the checker itself. */
  readonly identity: string;
  /** False when the units of others may change again without another identity. */
  readonly isSettled: boolean;
  /** Names of units that the host has, or that its units mention. */
  readonly known: ReadonlySet<string>;
}

const timeoutMs = 60_000;

export class HostView {
  readonly #program: string;
  #paths: { readonly program: string; readonly unitPaths: readonly string[] } | null = null;
  #known: { readonly identity: string; readonly names: ReadonlySet<string> } | null = null;

  /** @param program the checker, as PATH leads to it */
  constructor(program: string) {
    this.#program = program;
  }

  /**
   * @param nowMs milliseconds since the epoch
   * @returns null when the checker is not installed
   * @throws AgentError `systemd-unreachable`; the signal's reason
   */
  async look(
    { layout, ...input }: Pick<HostUnitsInput, "isOurs" | "hidden"> & { readonly layout: HostLayout },
    nowMs: number,
    signal: AbortSignal,
  ): Promise<HostLook | null> {
    const program = identifyProgram(this.#program);
    if (this.#paths === null || program === null || this.#paths.program !== program) {
      const unitPaths = await this.#askForPaths(layout, signal);
      if (unitPaths === null) return null;
      this.#paths = { program: program ?? "", unitPaths };
    }
    const { unitPaths } = this.#paths;
    const { unitDirectory } = layout;
    const found = readHostUnits({ ...input, unitDirectory, others: unitPaths, nowMs });
    const identity = `${program} ${found.identity}`;
    if (this.#known?.identity !== identity) {
      this.#known = { identity, names: new Set([...found.names, ...listMentioned(found.files)]) };
    }
    const isSettled = found.isSettled && program !== null;
    return { unitPaths, identity, isSettled, known: this.#known.names };
  }

  async #askForPaths(layout: HostLayout, signal: AbortSignal): Promise<readonly string[] | null> {
    const paths = await runChecker(this.#program, ["unit-paths", `--${layout.manager}`], {
      environment: layout.managerEnvironment,
      timeoutMs,
      signal,
    });
    return (
      paths?.stdout.split("\n").filter((line) => line.startsWith("/") && line !== layout.unitDirectory) ??
      null
    );
  }
}

/** Changes when the program is another one, after an upgrade for instance. Null when it is not found. */
function identifyProgram(program: string): string | null {
  for (const directory of (process.env["PATH"] ?? "/usr/bin:/usr/sbin").split(":")) {
    const file = path.join(directory, program);
    if (!isExecutable(file)) continue;
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${file} ${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  }
  return null;
}

/** Whether the agent's own user may execute the file at the path. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
