/** What is kept of commits: bounded, and the newest of it. */
import { describe, expect, it } from "vitest";
import { CommitMemory } from "../../../src/source/commit-memory.ts";

const kib = (count: number) => new Uint8Array(count * 1024);

describe("what is kept of commits", () => {
  it("is a blob by its id, and the listing of one commit", () => {
    const memory = new CommitMemory();
    const bytes = kib(1);
    memory.keep("a", bytes);
    expect(memory.recall("a")).toBe(bytes);
    expect(memory.recall("b")).toBeUndefined();
    memory.keepListing("one", Buffer.from("1"));
    expect(memory.recallListing("one")?.toString()).toBe("1");
    memory.keepListing("two", Buffer.from("2"));
    expect(memory.recallListing("one")).toBeUndefined();
  });

  it("is no large blob and no large listing", () => {
    const memory = new CommitMemory();
    memory.keep("large", kib(65));
    expect(memory.recall("large")).toBeUndefined();
    memory.keepListing("small", Buffer.from("1"));
    memory.keepListing("large", Buffer.alloc(2 * 1024 * 1024));
    expect(memory.recallListing("large")).toBeUndefined();
    expect(memory.recallListing("small")).toBeUndefined();
  });

  it("is 8 MiB of blobs at most: those used longest ago are forgotten", () => {
    const memory = new CommitMemory();
    for (let index = 0; index < 128; index += 1) memory.keep(`${index}`, kib(64));
    expect(memory.recall("0")).toBeDefined();
    memory.keep("128", kib(64));
    expect(memory.recall("0")).toBeDefined();
    expect(memory.recall("1")).toBeUndefined();
    expect(memory.recall("2")).toBeDefined();
  });
});
