import { describe, expect, test } from "vitest";
import { isMemoryFilesystem } from "../../../src/secrets/store/credential-directory.ts";
import { isCredentialName, refuseUndeliverable } from "../../../src/secrets/store/credential-names.ts";

function secretOf(unit: string, name: string, size = 1) {
  return { unit, name, bytes: new Uint8Array(size) };
}

describe("credentials that systemd can deliver", () => {
  test("a name is printable ASCII of at most 255 characters without slash and colon", () => {
    for (const name of ["db-password", "tls.key", ".hidden", "with space", "x".repeat(255)]) {
      expect(isCredentialName(name), name).toBe(true);
    }
    for (const name of [
      "",
      ".",
      "..",
      "a/b",
      "a:b",
      "tab\t",
      "nul\0",
      "schlüssel",
      "\x7f",
      "x".repeat(256),
    ]) {
      expect(isCredentialName(name), JSON.stringify(name)).toBe(false);
    }
  });

  test("a unit directory cannot lead elsewhere", () => {
    for (const unit of ["..", "../evil.service", "/etc", "", "a/b.service", "we b.service"]) {
      expect(() => refuseUndeliverable([secretOf(unit, "key")]), unit).toThrow(
        expect.objectContaining({ code: "repository-invalid" }),
      );
    }
    expect(() => refuseUndeliverable([secretOf("ots-worker@a\\x2db.service", "key")])).not.toThrow();
  });

  test("the same credential twice in a unit is refused, in two units it is not", () => {
    const [one, other] = [secretOf("a.service", "key"), secretOf("b.service", "key")];
    expect(() => refuseUndeliverable([one, other])).not.toThrow();
    expect(() => refuseUndeliverable([one, one])).toThrow("twice");
  });

  test("all credentials of a unit together may have 1 MiB", () => {
    const half = 512 * 1024;
    const fitting = [secretOf("a.service", "x", half), secretOf("a.service", "y", half)];
    expect(() => refuseUndeliverable(fitting)).not.toThrow();
    expect(() => refuseUndeliverable([...fitting, secretOf("b.service", "z", half)])).not.toThrow();
    expect(() => refuseUndeliverable([...fitting, secretOf("a.service", "z", 1)])).toThrow("1 MiB");
  });

  test("only tmpfs and ramfs count as memory", () => {
    const [tmpfs, ramfs, ext4, overlay, btrfs] = [0x01021994, 0x858458f6, 0xef53, 0x794c7630, 0x9123683e];
    expect([tmpfs, ramfs].map(isMemoryFilesystem)).toEqual([true, true]);
    expect([ext4, overlay, btrfs].map(isMemoryFilesystem)).toEqual([false, false, false]);
  });
});
