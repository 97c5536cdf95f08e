/** `check` and `check --suggest` on repositories that were not made for gitops-agent, as they lie on a disk. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCheck } from "../../../src/cli/commands/check.ts";
import type { CheckedHost } from "../../../src/cli/render/check.ts";
import type { Diagnostic } from "../../../src/core/model/errors.ts";
import { layoutCases, locateLayout } from "../../support/layouts/layout-cases.ts";

interface CheckDocument {
  readonly hosts: readonly CheckedHost[];
  readonly diagnostics: readonly Diagnostic[];
  readonly passedOver: readonly string[];
  readonly proposal: string | null;
}

async function check(directory: string, suggest = false): Promise<CheckDocument & { exitCode: number }> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  try {
    const exitCode = await runCheck(directory, { json: true, verbose: false, suggest });
    return { ...(JSON.parse(written.join("")) as CheckDocument), exitCode };
  } finally {
    spy.mockRestore();
  }
}

/** Without what only says that podman is not installed where the tests run. */
function codesOf({ diagnostics }: CheckDocument): readonly string[] {
  return diagnostics.map(({ code }) => code).filter((code) => code !== "not-verified");
}

let copy: string;

beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), "gitops-agent-layout-"));
});

afterEach(async () => {
  await rm(copy, { recursive: true });
});

describe.each(layoutCases)("the repository $name", (layout) => {
  const directory = locateLayout(layout);

  it("is checked without an error, and what is no unit is passed over", async () => {
    const found = await check(directory);
    expect(found.exitCode).toBe(0);
    expect(codesOf(found)).toEqual(layout.warns ?? []);
    expect(found.passedOver).toEqual(layout.passedOver ?? []);
  });

  it("gets a layout proposed without its gitops.yaml, and with that has the same units", async () => {
    await cp(directory, copy, { recursive: true, verbatimSymlinks: true });
    await rm(join(copy, "gitops.yaml"), { force: true });
    const proposed = await check(copy, true);
    expect(proposed.proposal).toBe(layout.proposal);
    expect(proposed.exitCode).toBe(0);
    if (proposed.proposal !== null) await writeFile(join(copy, "gitops.yaml"), proposed.proposal);
    const written = await check(copy);
    expect(written.exitCode).toBe(0);
    expect(codesOf(written)).toEqual(layout.unsaid ?? []);
    const meant = await check(directory);
    expect(written.hosts).toEqual(meant.hosts);
  });
});
