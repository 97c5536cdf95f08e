import path from "node:path";
import { describe, expect, test } from "vitest";
import { isTemporaryName, temporaryPathFor } from "../../../src/lib/atomic-file.ts";

const finalNames = [
  "web.service",
  "50-limits.conf",
  "app.container",
  `${"ü".repeat(120)}.timer`,
  `${"😀".repeat(60)}.conf`,
  "x".repeat(255),
];

describe("temporary names", () => {
  test("nothing loads them: hidden, and with no suffix that systemd or a generator reads", () => {
    for (const name of finalNames) {
      const temporary = path.basename(temporaryPathFor(`/etc/systemd/system/${name}`));
      expect(temporary.startsWith(".")).toBe(true);
      expect(path.extname(temporary)).toMatch(/^\.gitops-agent-[0-9a-f]{16}$/);
      expect(isTemporaryName(temporary)).toBe(true);
    }
  });

  test("they lie in the directory of the file and fit into the file system's limit for names", () => {
    for (const name of finalNames) {
      const temporary = temporaryPathFor(`/etc/systemd/system/${name}`);
      expect(path.dirname(temporary)).toBe("/etc/systemd/system");
      expect(Buffer.byteLength(path.basename(temporary))).toBeLessThanOrEqual(255);
    }
  });

  test("files of others are not taken for them", () => {
    for (const name of [
      "web.service",
      ".web.service.swp",
      ".gitops-agent-config",
      "a.gitops-agent-0123456789abcdef",
    ]) {
      expect(isTemporaryName(name), name).toBe(false);
    }
  });
});
