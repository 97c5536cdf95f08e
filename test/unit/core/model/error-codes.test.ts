import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { errorCodes, isErrorCode, isTransient, needsPerson } from "../../../../src/core/model/error-codes.ts";
import { AgentError, ExitCode, exitCodeOf } from "../../../../src/core/model/errors.ts";

const operations = readFileSync("docs/operations.md", "utf8");

describe("the table of error codes", () => {
  it("gives each rejection that docs/operations.md says is tried again by itself as transient, and no other", () => {
    const rows = operations.split("\n").filter((line) => /^\| `[a-z-]+`[^|]*\|[^|]*\|[^|]*\|$/.test(line));
    const rejections = rows.flatMap((row) => codesOf(row).map((code) => ({ code, row })));
    expect(rejections.length).toBeGreaterThan(10);
    for (const { code, row } of rejections) {
      expect([code, isTransient(code)]).toEqual([code, row.includes("tries again by itself")]);
    }
  });

  it("lets no failure both pass by itself and wait for a person", () => {
    for (const code of Object.keys(errorCodes))
      expect([code, isTransient(code) && needsPerson(code)]).toEqual([code, false]);
  });

  it("does not know the code of another release", () => {
    expect([isErrorCode("toString"), isTransient("of-tomorrow"), needsPerson("of-tomorrow")]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it.each([
    ["usage", ExitCode.usage],
    ["config-invalid", ExitCode.usage],
    ["agent-unreachable", ExitCode.unreachable],
    ["conflict", ExitCode.failed],
  ] as const)("ends a command with %s by exit code %i", (code, exit) => {
    expect(exitCodeOf(new AgentError(code, "it failed"))).toBe(exit);
  });

  it("takes an error without a code for a bug", () => {
    expect(exitCodeOf(new TypeError("x is not a function"))).toBe(ExitCode.bug);
  });
});

function codesOf(row: string): readonly string[] {
  return [...(row.split("|")[1] ?? "").matchAll(/`([a-z-]+)`/g)].flatMap(([, code = ""]) =>
    isErrorCode(code) ? [code] : [],
  );
}
