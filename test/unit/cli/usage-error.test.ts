/** What a mistake on the command line is answered with. */
import { expect, it } from "vitest";
import { explainUsage } from "../../../src/cli/usage-error.ts";

it("a command that is systemctl's is answered with systemctl, and with what the agent makes of it", () => {
  const text = explainUsage("error: unknown command 'restart'\n(Did you mean resume?)\n");
  expect(text).toMatch(/^error: unknown command 'restart'\nhint: systemctl restart UNIT does that; .*drift/);
  expect(text).not.toContain("resume");
});

it("any other mistake keeps the parser's words, with its hint in our form", () => {
  expect(explainUsage("error: unknown command 'statu'\n(Did you mean status?)\n")).toBe(
    "error: unknown command 'statu'\nhint: did you mean status?\n",
  );
});
