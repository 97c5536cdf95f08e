/** Managed links that give their path to a directory, and the other way round. */
import { describe, expect, it } from "vitest";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { policy, type RepositoryText } from "../../../support/values/scenario.ts";

const link: RepositoryText = { files: {}, links: { "files/etc/app": "/srv/app" } };
const directory: RepositoryText = { files: { "files/etc/app/app.conf": "x" } };

async function planFrom(
  before: RepositoryText,
  next: RepositoryText,
  prune = true,
): Promise<readonly string[]> {
  const host = new SimulatedHost();
  await host.sync(before);
  const { steps } = await host.plan(next, { ...policy, allowEmpty: true, prune });
  return steps.map((step) =>
    step.kind === "write"
      ? `write ${step.file.path}`
      : "path" in step
        ? `${step.kind} ${step.path}`
        : step.kind,
  );
}

describe("a link of git that becomes a directory", () => {
  it("is deleted before the file below it is written, which would land where the link leads", async () => {
    const steps = ["delete /etc/app", "write /etc/app/app.conf"];
    expect(await planFrom(link, directory)).toEqual(steps);
    expect(await planFrom(link, directory, false)).toEqual(steps);
  });

  it("and a link that takes the place of another file is written over it", async () => {
    const file: RepositoryText = { files: { "files/etc/app": "x" } };
    expect(await planFrom(file, link)).toEqual(["write /etc/app"]);
    expect(await planFrom(link, { files: {} })).toEqual(["delete /etc/app"]);
    expect(await planFrom(link, { files: {} }, false)).toEqual([]);
  });
});
