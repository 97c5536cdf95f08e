/** What a host must look like after a sync that came to its end. */
import { expect } from "vitest";
import { contentOf } from "../../../src/core/drift/applied-file.ts";
import { build, type RepositoryText } from "../values/scenario.ts";
import type { SimulatedHost } from "./simulated-host.ts";

/** Files are as git wants them, and nothing that we once wrote is left behind. */
export function expectDesiredFiles(host: SimulatedHost, text: RepositoryText): void {
  const { desired } = build(text);
  for (const file of desired.files.values()) {
    const found = host.files.get(file.path);
    const content = found?.kind === "file" ? found.digest : found?.kind === "link" ? found.linkTarget : null;
    expect(content, file.path).toBe(contentOf(file));
  }
  expect([...host.files.keys()].sort()).toEqual([...desired.files.keys()].sort());
  expect(host.generation).toBe(
    desired.credentials.length === 0 ? host.generation : host.inventory.generation,
  );
}
