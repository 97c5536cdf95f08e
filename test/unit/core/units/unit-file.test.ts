import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUnitFile } from "../../../../src/core/units/unit-file.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";

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

  it("joins continuation lines with their blanks, dropping comments between them", () => {
    expect(parse("[S]\nA=one \\\n# a comment\n   two \\\n; another\n three\nB=x")).toEqual([
      "2 S.A=one     two   three",
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

  it("takes every mixture of line ends, and a blank line as the end of a continuation", () => {
    expect(parse("[S]\n\rA=1\0B=2\r\n\0C=3\rD=4 \\\n\nE=5")).toEqual([
      "2 S.A=1",
      "3 S.B=2",
      "4 S.C=3",
      "5 S.D=4",
      "7 S.E=5",
    ]);
  });

  it("drops one byte order mark, on whatever line it stands", () => {
    expect(parse("# why\n\uFEFF[S]\nA=1\n\uFEFFB=2")).toEqual(["3 S.A=1", "4 S.\uFEFFB=2"]);
    expect(parse("[S]\nA=1 \\\n\uFEFF 2")).toEqual(["2 S.A=1   2"]);
  });

  it("names the lines that systemd would ignore", () => {
    const { problems } = parseUnitFile(new TextEncoder().encode("A=1\nnonsense\n[S]\nnonsense\n=x"));
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 4, 5]);
  });

  it.each([
    ["an unfinished section header", "[S]\nA=1\n[T\nB=2"],
    ["text after a section header", "[S]\nA=1\n[T] x\nB=2"],
    ["a quote in a section header", '[S]\nA=1\n[T"]\nB=2'],
    ["a noncharacter", "[S]\nA=1\nC=\uFFFF\nB=2"],
  ])("reads nothing after %s, where systemd gives up", (_, text) => {
    expect(parse(text)).toEqual(["2 S.A=1"]);
    expect(parseUnitFile(new TextEncoder().encode(text)).problems).toHaveLength(1);
  });

  it("reads nothing after bytes that are not UTF-8, unless they stand in a comment", () => {
    const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
    const { assignments, problems } = parseUnitFile(bytes("[S]\n# \xff\nA=\xc3\xa4\nB=\xff\nC=3"));
    expect(assignments).toEqual([{ section: "S", key: "A", value: "ä", line: 3 }]);
    expect(problems.map(({ line }) => line)).toEqual([4]);
  });

  it("takes no longer for a line of nothing but blanks or backslashes than for another", () => {
    const size = 1_000_000;
    expect(parse(`[S]\nA=x${" ".repeat(size)}y`)[0]).toHaveLength(size + 8);
    expect(parse(`[S]\nA=${"\\".repeat(size)}y`)[0]).toHaveLength(size + 7);
    expect(parse(`[S]\nA=x${"\\\n".repeat(size / 2)}y`)[0]).toHaveLength(size / 2 + 8);
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
      propertyRuns(400),
    );
  });

  it("never throws on a real unit file with bytes changed, and says what it did not read", () => {
    const directory = join(import.meta.dirname, "../../../fixtures/units");
    const originals = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    const cut = fc.tuple(fc.nat(), fc.nat({ max: 20 }), fc.uint8Array({ maxLength: 8 }));
    fc.assert(
      fc.property(fc.constantFrom(...originals), fc.array(cut, { maxLength: 5 }), (original, cuts) => {
        const bytes = cuts.reduce<readonly number[]>(
          (text, [at, removed, added]) => text.toSpliced(at % (text.length + 1), removed, ...added),
          [...original],
        );
        const { assignments, problems } = parseUnitFile(Uint8Array.from(bytes));
        expect(problems.filter(({ message }) => message.includes("reads no further")).length).toBeLessThan(2);
        for (const { key, value } of assignments) expect(`${key}=${value}`).toMatch(/^\S.*=(?:.*[^ \t])?$/s);
      }),
      propertyRuns(400),
    );
  });
});
