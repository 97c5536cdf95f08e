import { describe, expect, test } from "vitest";
import { formatDiagnostics } from "../../../../src/core/check/diagnostic-text.ts";
import type { Diagnostic } from "../../../../src/core/model/errors.ts";

const unknownKey: Diagnostic = {
  severity: "error",
  code: "unknown-key",
  file: "gitops.yaml",
  line: 12,
  column: 5,
  message: 'unknown key "on_change"',
  hint: 'did you mean "on-change"?',
  sourceLine: "    on_change: reload",
};

const caretColumn = (text: string) => (text.split("\n")[2] ?? "").indexOf("^");

describe("diagnostics as text", () => {
  test("a finding shows its place, the line with a caret, and what to do", () => {
    expect(formatDiagnostics([unknownKey])).toBe(
      [
        'gitops.yaml:12:5: error: unknown key "on_change"',
        "  12 |     on_change: reload",
        "     |     ^",
        '  hint: did you mean "on-change"?',
      ].join("\n"),
    );
  });

  test("several findings follow each other in the given order", () => {
    const { hint, sourceLine, ...bare } = unknownKey;
    const warning: Diagnostic = { severity: "warning", code: "x", file: "units/a.service", message: "odd" };
    expect(formatDiagnostics([bare, warning])).toBe(
      'gitops.yaml:12:5: error: unknown key "on_change"\nunits/a.service: warning: odd',
    );
    expect(formatDiagnostics([])).toBe("");
  });

  test("the caret stands below its character in a line with tabs", () => {
    const text = formatDiagnostics([{ ...unknownKey, column: 3, sourceLine: "\t\tkey: 1" }]);
    expect(text).not.toContain("\t");
    const [, shown = ""] = text.split("\n");
    expect(shown[caretColumn(text)]).toBe("k");
  });

  test("a long line is cut on both sides of its place", () => {
    const sourceLine = `${"a".repeat(500)}!${"b".repeat(500)}`;
    const text = formatDiagnostics([{ ...unknownKey, column: 501, sourceLine }]);
    const [, shown = ""] = text.split("\n");
    expect(shown.length).toBeLessThan(120);
    expect(shown[caretColumn(text)]).toBe("!");
    expect(shown).toMatch(/…a+!b+…$/);
  });

  test("a character outside the basic plane is neither split nor counted twice", () => {
    const sourceLine = `${"😀".repeat(200)}!`;
    const text = formatDiagnostics([{ ...unknownKey, column: sourceLine.length, sourceLine }]);
    const [, shown = ""] = text.split("\n");
    expect([...shown][caretColumn(text)]).toBe("!");
    expect(text).not.toMatch(/\p{Cs}/u);
  });

  test("a caret may stand behind the end of the line", () => {
    const text = formatDiagnostics([{ ...unknownKey, column: 5, sourceLine: "key:" }]);
    expect(text.split("\n").slice(1, 3)).toEqual(["  12 | key:", "     |     ^"]);
  });

  test("no control character of a file reaches the terminal", () => {
    const evil = "a\u001b[2J\u202eb\u0085";
    const text = formatDiagnostics([
      { ...unknownKey, message: evil, hint: evil, sourceLine: evil, file: evil },
    ]);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("a message stays on one line", () => {
    const text = formatDiagnostics([{ ...unknownKey, message: "one\n  two", hint: "three\r\nfour" }]);
    expect(text).toContain("error: one two\n");
    expect(text).toContain("hint: three four");
  });

  test("an empty line is not shown", () => {
    expect(formatDiagnostics([{ ...unknownKey, sourceLine: "  ", column: 1 }]).split("\n")).toHaveLength(2);
  });
});
