import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isRefName } from "../../../src/core/model/ref-name.ts";

/** Every pair of them is tried, alone and around letters. */
const pieces = [".", "/", "-", "@", "{", ".lock", "a", " ", "~", "\\", "\u0085", "é"];

describe("the name of a branch or a tag", () => {
  it("is one for us when it is one for git", () => {
    const names = pieces.flatMap((first) =>
      pieces.flatMap((second) => [`${first}${second}`, `a${first}b${second}`, `${first}a${second}`]),
    );
    const disagreements = [...new Set(names)].filter(
      (name) => isRefName(name) !== (isRefOfGit(name) && !isOption(name)),
    );
    expect(disagreements).toEqual([]);
  });

  it.each(["@", "-f", ""])("is never %j, though git may have such a ref", (name) => {
    expect(isRefName(name)).toBe(false);
  });
});

function isRefOfGit(name: string): boolean {
  return spawnSync("git", ["check-ref-format", `refs/heads/${name}`]).status === 0;
}

/** What git would take for an option. */
function isOption(name: string): boolean {
  return name.startsWith("-");
}
