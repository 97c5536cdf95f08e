/** `check` and `check --suggest` on repositories that were not made for gitops-agent, as they lie on a disk. */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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
    const exitCode = await runCheck(directory, { json: true, verbose: false, suggest, manager: "system" });
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

it("checks the units of a user by the rules of a user's manager, and those of the system by the others", async () => {
  const units = {
    "alice@media/units/web.service": "[Service]\nExecStart=/bin/sleep 1\nDynamicUser=yes\n",
    "alice@media/units/odd.service": "[Service]\nExecStart=/bin/sleep 1\nRestart=perhaps\n",
    "media/units/web.service": "[Service]\nExecStart=/bin/sleep 1\nDynamicUser=yes\n",
  };
  for (const [name, text] of Object.entries(units)) {
    await mkdir(join(copy, "hosts", dirname(name)), { recursive: true });
    await writeFile(join(copy, "hosts", name), text);
  }
  const first = await check(copy);
  expect(first.exitCode).toBe(2);
  expect(codesOf(first)).toEqual(["needs-root", "ignored-value"]);
});
