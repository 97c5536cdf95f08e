/** Which entries of a commit are read, and which commits are refused. */
import { describe, expect, it } from "vitest";
import { snapshotLimits } from "../../../src/source/snapshot-rules.ts";
import { parseTreeListing } from "../../../src/source/tree-listing.ts";

const blob = "a".repeat(40);
const everything = (): boolean => true;

function record(
  path: string | Uint8Array,
  mode = "100644",
  type = "blob",
  size: number | string = 3,
): Buffer {
  return Buffer.concat([
    Buffer.from(`${mode} ${type} ${blob} ${String(size).padStart(7)}\t`),
    Buffer.from(path),
    Buffer.from([0]),
  ]);
}

function pathsOf(...records: Buffer[]): string[] {
  return parseTreeListing(Buffer.concat(records), everything).map(({ path }) => path);
}

describe("parseTreeListing", () => {
  it("tells files, executables and symlinks apart, with id and size", () => {
    const listing = Buffer.concat([record("a"), record("b", "100755"), record("c", "120000")]);
    expect(parseTreeListing(listing, everything)).toMatchObject([
      { path: "a", mode: "file", blob, size: 3 },
      { path: "b", mode: "executable", blob, size: 3 },
      { path: "c", mode: "symlink", blob, size: 3 },
    ]);
  });

  it("is empty for an empty commit", () => {
    expect(pathsOf()).toEqual([]);
  });

  it("keeps the names that systemd uses", () => {
    const names = ["units/a@b:c.service", "units/dev-disk-by\\x2dlabel-x.swap", "units/ü x.service"];
    expect(pathsOf(...names.map((name) => record(name)))).toEqual(names);
  });

  it("marks an object that git cannot read", () => {
    expect(parseTreeListing(record("a", "100644", "blob", "BAD"), everything)).toMatchObject([
      { size: null },
    ]);
  });

  it.each([
    ["a control character", "units/a\nb.service", /units\/a\\x0ab\.service: .*control character/],
    ["an escape sequence", "units/\u001b[2J", /units\/\\x1b\[2J/],
    ["a mark that reorders text", "units/a\u202eb.service", /units\/a\\xe2\\x80\\xaeb\.service: .*invisible/],
    ["a C1 control character", "units/\u009b2J", /units\/\\xc2\\x9b2J/],
    ["bytes that are not UTF-8", Buffer.from([0x75, 0x2f, 0xff]), /u\/\\xff: .*not UTF-8/],
    ["a parent directory", "units/../../etc/passwd", /no honest commit/],
    ["a name like git's own", "units/.git/config", /no honest commit/],
    ["an empty part", "units//a", /no honest commit/],
    ["a path that is too long", `units/${"x".repeat(snapshotLimits.pathBytes)}`, /longer than 1024 bytes/],
  ])("refuses %s, and shows it harmlessly", (_what, path, message) => {
    expect(() => pathsOf(record(path))).toThrow(message);
    try {
      pathsOf(record(path));
    } catch (error) {
      expect(error).toMatchObject({ code: "repository-invalid" });
      expect(String(error)).toMatch(/^[\x20-\x7e…]*$/);
    }
  });

  it("refuses a submodule by name", () => {
    expect(() => pathsOf(record("units/lib", "160000", "commit", "-"))).toThrow(
      /units\/lib: this is a submodule/,
    );
  });

  it("refuses the same path twice", () => {
    expect(() => pathsOf(record("a"), record("a", "120000"))).toThrow(/twice/);
  });

  it("refuses an unknown mode", () => {
    expect(() => pathsOf(record("a", "107777"))).toThrow(/mode 107777/);
  });

  it("does not care for what nobody wants", () => {
    const listing = Buffer.concat([
      record("docs/lib", "160000", "commit", "-"),
      record("docs/a\nb"),
      record("docs/big", "100644", "blob", snapshotLimits.fileBytes + 1),
      record("units/web.service"),
    ]);
    const wanted = (path: string): boolean => path.startsWith("units/");
    expect(parseTreeListing(listing, wanted).map(({ path }) => path)).toEqual(["units/web.service"]);
  });

  it("accepts as many files as the limit, and not one more", () => {
    const records = Array.from({ length: snapshotLimits.files }, (_, index) => record(`f${index}`));
    expect(pathsOf(...records)).toHaveLength(snapshotLimits.files);
    expect(() => pathsOf(...records, record("last"))).toThrow(/last: .*more than 20000 files/);
  });

  it("accepts a file as large as the limit, and not one byte more", () => {
    expect(pathsOf(record("a", "100644", "blob", snapshotLimits.fileBytes))).toEqual(["a"]);
    expect(() => pathsOf(record("a", "100644", "blob", snapshotLimits.fileBytes + 1))).toThrow(
      /larger than 10 MiB/,
    );
  });

  it("limits the sum of the sizes", () => {
    const count = snapshotLimits.totalBytes / snapshotLimits.fileBytes + 1;
    const records = Array.from({ length: Math.ceil(count) }, (_, index) =>
      record(`f${index}`, "100644", "blob", snapshotLimits.fileBytes),
    );
    expect(() => pathsOf(...records)).toThrow(/larger than 256 MiB in all/);
  });
});
