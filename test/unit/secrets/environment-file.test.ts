import { describe, expect, test } from "vitest";
import { findEnvironmentProblem } from "../../../src/secrets/formats/environment-file.ts";

function problemOf(text: string | Uint8Array): string | null {
  return findEnvironmentProblem(Buffer.from(text));
}

describe("environment files that systemd reads without complaint", () => {
  test.each([
    ["an assignment without a line end", "A=1"],
    ["comments and blank lines", "# hunter2\n\n; more = things\n  \nA=1\n"],
    ["a comment that a backslash continues", "# one \\\nnot an assignment\nA=1\n"],
    ["an empty value", "A=\nB=2\n"],
    ["equals signs, spaces and quotes inside a value", "URL=postgres://u:p@h/db?x=1 y='z\n"],
    ["spaces around the equals sign", "A = 1\n"],
    ["a quoted value over several lines", "KEY='-----BEGIN\nline without equals\n-----END'\nB=2\n"],
    ["an escaped quote in a quoted value", 'A="say \\"hello\\"\nmore"\nB=1\n'],
    ["quotes one after another", "A='a'\"b\"c\n"],
    ["a value that a backslash continues", "A=one \\\n  two\nB=2\n"],
    ["a lone quote within an unquoted value", "A=it's\nB=2\n"],
    ["line ends of Windows", "A=1\r\nB=2\r\n"],
    ["other scripts", "NAME=Zoë 日本\n"],
  ])("%s", (_, text) => {
    expect(problemOf(text)).toBeNull();
  });
});

describe("environment files of which systemd would print lines to the journal, or drop them", () => {
  test.each([
    ["a shell's export", "A=1\nexport PASSWORD=hunter2\n", "line 2"],
    ["a line without an equals sign", "A=1\n\nhunter2\n", "line 3"],
    ["a name with a dash", "MY-KEY=hunter2", "line 1"],
    ["a name that begins with a digit", "1A=hunter2", "line 1"],
    ["a byte order mark", "\ufeffA=hunter2", "line 1"],
    ["a quote that is never closed", "A=1\nB='hunter2\nC=3\n", "quote that opens in line 2"],
    ["a quote whose end is escaped", 'A="hunter2\\"\n', "quote that opens in line 1"],
    ["a control character", "A=1\nB=hunter2\x1b[0m\n", "line 2 has a control character"],
    ["NUL", "A=hunter2\0\n", "control character"],
    ["only comments", "# A=hunter2\n", "no assignment"],
    ["a JSON document", '{ "password": "hunter2" }', "line 1"],
  ])("%s is refused by line, without quoting it", (_, text, words) => {
    const problem = problemOf(text);
    expect(problem).toContain(words);
    expect(problem).not.toContain("hunter2");
  });

  test("bytes that are no text are refused", () => {
    expect(problemOf(Uint8Array.of(0x41, 0x3d, 0xff))).toContain("UTF-8");
  });

  test("a file of the largest size is read in a moment", () => {
    const lines = "NAME=value\n".repeat(90_000);
    expect(problemOf(lines)).toBeNull();
    expect(problemOf(`${lines}nothing`)).toContain("line 90001");
    expect(problemOf(`A=${"\\".repeat(1_000_000)}`)).toBeNull();
  });
});
