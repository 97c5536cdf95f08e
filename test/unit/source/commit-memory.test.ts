/** What is kept of commits: bounded, and the newest of it. */
import { describe, expect, it } from "vitest";
import type { SnapshotFile } from "../../../src/core/model/snapshot.ts";
import { CommitMemory } from "../../../src/source/commit-memory.ts";

const kib = (count: number): SnapshotFile => ({
  path: "a",
  mode: "file",
  bytes: new Uint8Array(count * 1024),
  blob: "",
});

describe("what is kept of commits", () => {
  it("is a file by its line, and the listing of one commit", () => {
    const memory = new CommitMemory();
    const file = kib(1);
    memory.keep("a", file);
    expect(memory.recall("a")).toBe(file);
    expect(memory.recall("b")).toBeUndefined();
    memory.keepListing("one", Buffer.from("1"));
    expect(memory.recallListing("one")?.toString()).toBe("1");
    memory.keepListing("two", Buffer.from("2"));
    expect(memory.recallListing("one")).toBeUndefined();
  });

  it("is no large file and no large listing", () => {
    const memory = new CommitMemory();
    memory.keep("large", kib(65));
    expect(memory.recall("large")).toBeUndefined();
    memory.keepListing("small", Buffer.from("1"));
    memory.keepListing("large", Buffer.alloc(2 * 1024 * 1024));
    expect(memory.recallListing("large")).toBeUndefined();
    expect(memory.recallListing("small")).toBeUndefined();
  });

  it("is 8 MiB at most: those used longest ago are forgotten", () => {
    const memory = new CommitMemory();
    for (let index = 0; index < 130; index += 1) memory.keep(`${index}`, kib(63));
    expect(memory.recall("0")).toBeDefined();
    memory.keep("130", kib(63));
    expect(memory.recall("0")).toBeDefined();
    expect(memory.recall("1")).toBeUndefined();
    expect(memory.recall("2")).toBeDefined();
  });
});
