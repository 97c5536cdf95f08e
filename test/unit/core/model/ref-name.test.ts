import { describe, expect, it } from "vitest";
import { isRefName } from "../../../../src/core/model/ref-name.ts";

describe("the name of a branch or a tag", () => {
  it.each(["main", "release/2024.1", "a-b_c", "ü", 'say"hi"', "feature/@home", "a./b"])(
    "can be %s",
    (name) => {
      expect(isRefName(name)).toBe(true);
    },
  );

  it.each([
    "",
    "@",
    "-x",
    "--upload-pack=x",
    "a b",
    "a..b",
    "a~1",
    "a^",
    "a:b",
    "*",
    "a?",
    "a[b",
    "a\\b",
    "a@{1}",
    "/a",
    "a/",
    "a//b",
    ".a",
    "a/.b",
    "a.",
    "a.lock",
    "a\nb",
    "a\u007f",
  ])("cannot be %j", (name) => {
    expect(isRefName(name)).toBe(false);
  });
});
