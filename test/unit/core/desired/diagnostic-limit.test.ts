import { describe, expect, it } from "vitest";
import { limitDiagnostics } from "../../../../src/core/desired/diagnostic-limit.ts";
import type { Diagnostic } from "../../../../src/core/model/errors.ts";

function make(count: number, severity: Diagnostic["severity"]): readonly Diagnostic[] {
  return Array.from({ length: count }, (_, index) => ({
    severity,
    code: "x",
    file: `${severity}-${index}`,
    message: "wrong",
  }));
}

describe("findings that nobody could read", () => {
  it("stay as they are when there are few", () => {
    const few = [...make(100, "warning"), ...make(100, "error")];
    expect(limitDiagnostics(few)).toEqual(few);
  });

  it("are counted instead of listed, warnings before errors", () => {
    const limited = limitDiagnostics([...make(300, "warning"), ...make(150, "error")]);
    expect(limited).toHaveLength(201);
    expect(limited.filter(({ severity }) => severity === "error")).toHaveLength(150);
    expect(limited.at(-1)).toMatchObject({ severity: "warning", message: "250 more findings are not shown" });
  });

  it("keep an error an error, however many there are", () => {
    const limited = limitDiagnostics(make(20_000, "error"));
    expect(limited.at(-1)).toMatchObject({ severity: "error", message: "19800 more findings are not shown" });
  });

  it("are cut when a commit made them long", () => {
    const [long] = limitDiagnostics([
      {
        severity: "error",
        code: "x",
        file: "f",
        message: "m".repeat(10_000_000),
        hint: "h".repeat(10_000_000),
      },
    ]);
    expect(`${long?.message}${long?.hint}`.length).toBeLessThan(1100);
  });
});
