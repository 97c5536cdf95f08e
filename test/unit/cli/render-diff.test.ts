import { expect, it } from "vitest";
import { describeFileDiff, renderFileDiffs } from "../../../src/cli/render/diff.ts";

it("a diff shows names without anything behind them, and what is in the lines", () => {
  const difference = { path: "/etc/a.conf", unit: null, kind: "obsolete", desired: null } as const;
  expect(renderFileDiffs([describeFileDiff(difference, "a\tb\n")], { colour: false })).toBe(
    [
      "/etc/a.conf is no longer in git",
      "--- host:/etc/a.conf",
      "+++ /dev/null",
      "@@ -1,1 +0,0 @@",
      "-a\tb",
      "",
    ].join("\n"),
  );
});
