/** Brings systemd-driver.ts into a test machine and runs it there. Knows nothing of what it is asked to do. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Machine } from "./machine.ts";
import type { Bind } from "./machine-driver.ts";
import type { DriverOptions, DriverStep } from "./systemd-driver.ts";

/** Where the driver is in a machine that was booted with `bind`: to be run with node. */
export const driverPath = "/opt/systemd-driver/driver.mjs";

export interface DriverBundle {
  readonly bind: Bind;
  remove(): Promise<void>;
}

/** Bundles the driver into a temporary directory, so that the machine needs none of our packages. */
export async function bundleDriver(): Promise<DriverBundle> {
  const directory = await mkdtemp(join(tmpdir(), "systemd-driver-"));
  await build({
    entryPoints: [join(import.meta.dirname, "systemd-driver.ts")],
    outfile: join(directory, "driver.mjs"),
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    external: ["usocket", "x11"],
    // The bundle holds CommonJS packages, which call require() for node's own modules.
    banner: {
      js: 'import { createRequire as nodeCreateRequire } from "node:module";\nconst require = nodeCreateRequire(import.meta.url);',
    },
  });
  return {
    bind: { source: directory, target: "/opt/systemd-driver", readOnly: true },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** What each step came to, in their order. */
export async function driveSystemd(
  machine: Machine,
  steps: readonly DriverStep[],
  options: DriverOptions = {},
): Promise<unknown[]> {
  const output = await machine.check(["node", driverPath, JSON.stringify({ steps, ...options })]);
  return JSON.parse(output) as unknown[];
}

/** Writes unit files, by name, and has systemd load them. */
export async function installUnits(machine: Machine, units: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(units)) {
    await machine.writeFile(`/etc/systemd/system/${name}`, text);
  }
  await machine.check(["systemctl", "daemon-reload"]);
}
