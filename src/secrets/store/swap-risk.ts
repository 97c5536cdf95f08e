/**
 * Finds out whether the kernel may write decrypted credentials to a swap device. Only reads files of the kernel, and
 * decides nothing: a host with this risk still gets its credentials.
 */
import { readFile } from "node:fs/promises";
import type { Diagnostic } from "../../core/model/errors.ts";
import type { HostLayout } from "../../core/model/host-layout.ts";
import { errnoOf } from "../../lib/system-error.ts";

/**
 * A warning for a person when the credentials can be swapped to a device; null when they
 * cannot, or the kernel does not say. ramfs is never swapped, tmpfs is, unless it has `noswap` (tmpfs(5)).
 */
export async function findSwapRisk({
  credentialDirectory,
  manager,
}: Pick<HostLayout, "credentialDirectory" | "manager">): Promise<Diagnostic | null> {
  try {
    const mounts = await readFile("/proc/self/mountinfo", "utf8");
    const swaps = await readFile("/proc/swaps", "utf8");
    return isSwappable(credentialDirectory, mounts, swaps)
      ? describeRisk(credentialDirectory, hints[manager])
      : null;
  } catch (error) {
    if (errnoOf(error) !== undefined) return null;
    throw error;
  }
}

/**
 * @param mounts text of /proc/self/mountinfo
 * @param swaps text of /proc/swaps: a heading, then one line for each device or file
 */
export function isSwappable(directory: string, mounts: string, swaps: string): boolean {
  const mount = findMount(directory, mounts);
  const mayLeaveMemory = mount?.type === "tmpfs" && !mount.options.includes("noswap");
  // Swap on zram stays in memory.
  return (
    mayLeaveMemory &&
    swaps
      .split("\n")
      .slice(1)
      .some((line) => line !== "" && !line.startsWith("/dev/zram"))
  );
}

interface Mount {
  readonly type: string;
  readonly options: readonly string[];
}

/** The mount that a path lies on: of those that contain it the longest, and of equal ones the last. */
function findMount(directory: string, mounts: string): Mount | null {
  let found: Mount | null = null;
  let length = -1;
  for (const line of mounts.split("\n")) {
    const [own = "", common = ""] = line.split(" - ");
    const point = unescapeOctal(own.split(" ")[4] ?? "");
    const [type = "", , options = ""] = common.split(" ");
    const isAbove = point === "/" || directory === point || directory.startsWith(`${point}/`);
    if (point === "" || !isAbove || point.length < length) continue;
    length = point.length;
    found = { type, options: options.split(",") };
  }
  return found;
}

/** The kernel writes space, tab, line end and backslash as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

const hints: Readonly<Record<HostLayout["manager"], string>> = {
  system:
    "start run-gitops\\x2dagent-credentials.mount (systemd/system in the distribution), then restart gitops-agent; or encrypt the swap",
  user: "the memory of a user cannot be kept from the swap without root: encrypt the swap, or use zram",
};

function describeRisk(directory: string, hint: string): Diagnostic {
  return {
    severity: "warning",
    code: "credentials-may-be-swapped",
    file: directory,
    message: "this host swaps to a device, and the credentials are on a tmpfs that may be swapped out",
    hint,
  };
}
