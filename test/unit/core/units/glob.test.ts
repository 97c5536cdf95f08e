import { describe, expect, it } from "vitest";
import { matchesGlob } from "../../../../src/core/units/glob.ts";

describe("a pattern", () => {
  it.each([
    ["web.service", "web.service"],
    ["web-*.service", "web-a.service"],
    ["web-*.service", "web-.service"],
    ["*", "anything.at-all"],
    ["*-*-*.service", "a-b-c-d.service"],
    ["*a*b", "aabab"],
    ["w?b.service", "wxb.service"],
    ["w[a-c]b.service", "wbb.service"],
    ["w[!a-c]b.service", "wxb.service"],
    ["a.b*", "a.b.service"],
    ["a\\x2db*.service", "a\\x2db1.service"],
    ["[\\]x*", "\\xy"],
    ["user@*", "user@1000.service"],
  ])("%s matches %s", (pattern, text) => {
    expect(matchesGlob(pattern, text)).toBe(true);
  });

  it.each([
    ["web.service", "webXservice"],
    ["web.service", "my-web.service"],
    ["web-*.service", "web-a.service.d"],
    ["web-*.service", "my-web-a.service"],
    ["w?b.service", "wb.service"],
    ["w[a-c]b.service", "wxb.service"],
    ["w[!a-c]b.service", "wab.service"],
    ["*a*b", "aabac"],
    ["*a", ""],
    ["a.b*", "aXb.service"],
  ])("%s does not match %s", (pattern, text) => {
    expect(matchesGlob(pattern, text)).toBe(false);
  });

  it("with many stars ends on a name that was made to be almost matched", () => {
    const name = `${"a".repeat(240)}.service`;
    for (let round = 0; round < 200; round += 1) {
      expect(matchesGlob("*a*a*a*a*a*a*a*a*b", name)).toBe(false);
    }
  });
});
