import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUnitFile } from "../../../src/core/unit-file.ts";

function parse(text: string): readonly string[] {
  return parseUnitFile(new TextEncoder().encode(text)).assignments.map(
    ({ section, key, value, line }) => `${line} ${section}.${key}=${value}`,
  );
}

describe("a unit file is read as systemd reads it", () => {
  it("keeps repeated keys and repeated sections in order", () => {
    expect(parse("[Service]\nA=1\nA=2\n[Unit]\nB=3\n[Service]\nA=4\n")).toEqual([
      "2 Service.A=1",
      "3 Service.A=2",
      "5 Unit.B=3",
      "7 Service.A=4",
    ]);
  });

  it("takes # and ; as comments only at the start of a line", () => {
    expect(parse("[S]\n # no\n;no\nA=1 # yes\nB=;yes")).toEqual(["4 S.A=1 # yes", "5 S.B=;yes"]);
  });

  it("joins continuation lines, dropping comments between them", () => {
    expect(parse("[S]\nA=one \\\n# a comment\n   two \\\n; another\n three\nB=x")).toEqual([
      "2 S.A=one  two  three",
      "7 S.B=x",
    ]);
  });

  it("does not continue after an escaped backslash", () => {
    expect(parse("[S]\nA=x\\\\\nB=y")).toEqual(["2 S.A=x\\\\", "3 S.B=y"]);
  });

  it("ignores blanks around =, and after a section header", () => {
    expect(parse("[S]  \t\n\tA \t=  x y  ")).toEqual(["2 S.A=x y"]);
  });

  it("accepts CRLF, a byte order mark and a missing final newline", () => {
    expect(parse("\uFEFF[S]\r\nA=1\r\nB=2")).toEqual(["2 S.A=1", "3 S.B=2"]);
  });

  it("keeps an empty value, which resets a list", () => {
    expect(parse("[S]\nA=")).toEqual(["2 S.A="]);
  });

  it("names the lines that systemd would ignore", () => {
    const { problems } = parseUnitFile(new TextEncoder().encode("A=1\n[S\nnonsense\n[S]\nnonsense\n=x"));
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 3, 5, 6]);
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { assignments } = parseUnitFile(bytes);
        for (const { key, line } of assignments) {
          expect(key).not.toBe("");
          expect(line).toBeGreaterThan(0);
        }
      }),
    );
  });
});
