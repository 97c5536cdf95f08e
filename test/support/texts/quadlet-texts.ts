/** What tests of quadlets need: an image that no registry has to give, and container files that use it. */
import type { Machine } from "../machine/machine.ts";
import { enabled } from "./unit-texts.ts";

const tinyImage = "localhost/tiny";

/** An image that holds /busybox and nothing else. */
export async function importTinyImage(machine: Machine): Promise<void> {
  await machine.shell(`cd /bin && tar --create busybox | podman import --quiet - ${tinyImage}`);
}

export interface ContainerOptions {
  readonly exec: string;
  /** Default: the one of `importTinyImage`. */
  readonly image?: string;
  /** More lines for [Container], which replace the lack of a network. */
  readonly container?: string;
  /** Sections to follow. */
  readonly more?: string;
}

/** A container that stops at once, although its program is a first process, which ignores SIGTERM. */
export function container(options: ContainerOptions): string {
  const { exec, image = tinyImage, container: lines = "Network=none\n", more = "" } = options;
  return `[Container]\nImage=${image}\nExec=${exec}\nPodmanArgs=--stop-signal=KILL\n${lines}${more}${enabled}`;
}
