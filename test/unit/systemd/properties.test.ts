import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const room = "src/systemd";
const table = "read/properties.ts";

it("every property of a unit that the table has is asked for by a reader", () => {
  const names = [
    ...readFileSync(join(room, table), "utf8").matchAll(/^ {2}([A-Z]\w+): (?:unit|own)\(/gm),
  ].map(([, name]) => name ?? "");
  expect(names.length).toBeGreaterThan(30);
  const readers = readdirSync(room, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && file !== table)
    .map((file) => readFileSync(join(room, file), "utf8"));
  const unused = names.filter((name) => !readers.some((text) => text.includes(`"${name}"`)));
  expect(unused).toEqual([]);
});
