/** Repeats a group of tests on every root file system that a machine can be booted from here. Boots nothing by itself. */
import { afterAll, describe } from "vitest";
import { type BootOptions, bootMachine, type Machine } from "./machine.ts";
import { availableRoots, type RootName } from "./root-filesystem.ts";

/** Boots a machine that is destroyed after the last test of the group. */
export type BootForGroup = (options?: BootOptions) => Promise<Machine>;

/**
 * Describes `title` once for each available root. Where one is missing the group is skipped with the reason in its title;
 * with CI=true that is an error, as a suite that tests nothing must not look green.
 */
export function describeOnEachRoot(
  title: string,
  define: (boot: BootForGroup, root: RootName) => void,
): void {
  describeOnRoots(title, define, () => true);
}

/** As `describeOnEachRoot`, on those that have podman and its generator: the host's own root need not. */
export function describeOnEachPodmanRoot(title: string, define: (boot: BootForGroup) => void): void {
  describeOnRoots(title, define, (root) => root !== "host");
}

/** As `describeOnEachRoot`, on those that have the other sides of integrations, such as Prometheus: the host's own root need not. */
export function describeOnEachPeerRoot(title: string, define: (boot: BootForGroup) => void): void {
  describeOnRoots(title, define, (root) => root !== "host");
}

function describeOnRoots(
  title: string,
  define: (boot: BootForGroup, root: RootName) => void,
  isMeant: (root: RootName) => boolean,
): void {
  const { roots, missing } = availableRoots();
  if (missing.length > 0 && process.env["CI"] === "true") {
    throw new Error(`CI=true allows no skipping: ${missing.join("; ")}`);
  }
  for (const root of roots.filter(isMeant)) describe(`${title} [${root}]`, () => defineGroup(root, define));
  for (const reason of missing) describe.skip(`${title} [${reason}]`, () => define(neverBoot, "host"));
}

function defineGroup(root: RootName, define: (boot: BootForGroup, root: RootName) => void): void {
  const machines: Machine[] = [];
  afterAll(async () => {
    await Promise.all(machines.map(async (machine) => await machine.destroy()));
  });
  define(async (options) => {
    const machine = await bootMachine(root, options);
    machines.push(machine);
    return machine;
  }, root);
}

async function neverBoot(): Promise<never> {
  throw new Error("a skipped group boots no machine");
}
