/** ARCHITECTURE.md names files and functions; those that it names are there. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");

/** Where a path of the document may begin. */
const places = ["", "src", "test", "test/unit", "test/unit/core"];

describe("ARCHITECTURE.md", () => {
  it("names only files that there are", () => {
    const paths = [...text.matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|mjs|sh|json))`/g)].map(
      ([, path = ""]) => path,
    );
    expect(paths.length).toBeGreaterThan(100);
    const missing = paths.filter((path) => !places.some((place) => existsSync(join(root, place, path))));
    expect(missing).toEqual([]);
  });

  it("walks a push by functions that stand in the files it says", () => {
    const steps = [...text.matchAll(/^\| +\d+ +\| +`(\w+)` +\| +`([\w./-]+)` +\|/gm)];
    expect(steps.length).toBeGreaterThan(20);
    const missing = steps.filter(([, name = "", file = ""]) => {
      const source = readFileSync(join(root, "src", file), "utf8");
      return !new RegExp(`^(?:export )?(?:  )?(?:async )?(?:function )?${name}\\b[^;]*\\(`, "m").test(source);
    });
    expect(missing.map(([, name, file]) => `${name} in ${file}`)).toEqual([]);
  });
});
