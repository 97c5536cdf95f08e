import { describe, expect, test } from "vitest";
import { isSwappable } from "../../../src/secrets/store/swap-risk.ts";

const directory = "/run/gitops-agent/credentials";
const root = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw";
const run = "25 22 0:22 / /run rw,nosuid,nodev shared:9 - tmpfs tmpfs rw,size=400k,mode=755";
const heading = "Filename\tType\tSize\tUsed\tPriority\n";
const disk = `${heading}/dev/vda2 partition 4000 0 -2\n`;

function mountOf(rest: string): string {
  return `${root}\n${run}\n40 25 0:50 / ${directory} rw,nosuid,nodev,noexec - ${rest}\n`;
}

describe("whether credentials can reach a swap device", () => {
  test("ramfs and tmpfs with noswap cannot, tmpfs can", () => {
    expect(isSwappable(directory, mountOf("ramfs gitops rw,mode=700"), disk)).toBe(false);
    expect(isSwappable(directory, mountOf("tmpfs gitops rw,mode=700,noswap"), disk)).toBe(false);
    expect(isSwappable(directory, mountOf("tmpfs gitops rw,mode=700"), disk)).toBe(true);
  });

  test("without a mount of their own they lie on that of /run", () => {
    expect(isSwappable(directory, `${root}\n${run}\n`, disk)).toBe(true);
    expect(isSwappable(directory, `${root}\n`, disk)).toBe(false);
  });

  test("a mount whose name only begins the same is another one", () => {
    const neighbour = `${mountOf("ramfs gitops rw")}41 25 0:51 / ${directory}-old rw - tmpfs x rw\n`;
    expect(isSwappable(directory, neighbour, disk)).toBe(false);
  });

  test("the last of two mounts at one place is the one that counts", () => {
    const covered = `${mountOf("tmpfs below rw")}41 40 0:51 / ${directory} rw - ramfs above rw\n`;
    expect(isSwappable(directory, covered, disk)).toBe(false);
  });

  test("without swap, or with swap in memory, nothing leaves memory", () => {
    const tmpfs = mountOf("tmpfs gitops rw");
    expect(isSwappable(directory, tmpfs, heading)).toBe(false);
    expect(isSwappable(directory, tmpfs, `${heading}/dev/zram0 partition 4000 0 100\n`)).toBe(false);
  });

  test("a space in the path is found behind its escape", () => {
    const odd = `${root}\n30 22 0:60 / /run/user\\0401 rw - tmpfs x rw,noswap\n`;
    expect(isSwappable("/run/user 1/gitops-agent/credentials", odd, disk)).toBe(false);
  });
});
