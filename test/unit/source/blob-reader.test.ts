/** Blobs come out whole and verified, however the output of git is cut into chunks. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlobReader, DamagedObject } from "../../../src/source/blob-reader.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";

function blobOf(bytes: Uint8Array, algorithm = "sha1") {
  const blob = createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  const output = Buffer.concat([Buffer.from(`${blob} blob ${bytes.length}\n`), bytes, Buffer.from("\n")]);
  return { blob, size: bytes.length, output };
}

describe("BlobReader", () => {
  it("does not depend on where the chunks end", () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(contents, fc.integer({ min: 1, max: 60 }), (files, chunkSize) => {
        const blobs = files.map((bytes) => blobOf(bytes));
        const reader = new BlobReader(blobs);
        const output = Buffer.concat(blobs.map((blob) => blob.output));
        for (let at = 0; at < output.length; at += chunkSize)
          reader.push(output.subarray(at, at + chunkSize));
        const read = reader.finish();
        blobs.forEach(({ blob }, index) => {
          expect(read.get(blob)).toEqual(files[index]);
        });
      }),
      propertyRuns(400),
    );
  });

  it("knows the ids of SHA-256 repositories", () => {
    const one = blobOf(Buffer.from("x"), "sha256");
    const reader = new BlobReader([one]);
    reader.push(one.output);
    expect(reader.finish().has(one.blob)).toBe(true);
  });

  it.each([
    ["a missing object", (blob: string) => `${blob} missing\n`],
    ["an object of another kind", (blob: string) => `${blob} tree 1\n`],
    ["another size", (blob: string) => `${blob} blob 2\nxx\n`],
    ["another content", (blob: string) => `${blob} blob 1\ny\n`],
    ["an endless header", () => "z".repeat(1000)],
  ])("refuses %s", (_what, answer) => {
    const one = blobOf(Buffer.from("x"));
    expect(() => new BlobReader([one]).push(Buffer.from(answer(one.blob)))).toThrow(DamagedObject);
  });

  it("refuses an output that ends early", () => {
    const one = blobOf(Buffer.from("xyz"));
    const reader = new BlobReader([one]);
    reader.push(one.output.subarray(0, -1));
    expect(() => reader.finish()).toThrow(one.blob);
  });

  it("refuses more than it asked for", () => {
    expect(() => new BlobReader([]).push(Buffer.from("x"))).toThrow(DamagedObject);
  });
});
