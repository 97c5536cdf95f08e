/** What is remembered of earlier revisions changes no verdict: with it and without it, systemd-analyze is quoted the same. */
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/core/model/errors.ts";
import { UnitVerifier } from "../../../src/systemd/verify/verify.ts";
import { isInstalled } from "../../support/machine/root-filesystem.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";
import { VerifyPlace } from "./verify-place.ts";

const place = VerifyPlace.forEachTest();
const isMissing = !isInstalled("systemd-analyze") && process.env["CI"] !== "true";

const names = [
  "a.service",
  "b.service",
  "foo-c.service",
  "t@.service",
  "t@1.service",
  "b.socket",
  "a.timer",
  "all.target",
  "own.slice",
  "journald-like.service",
] as const;
const dropIns = [
  "service.d",
  "foo-.service.d",
  "t@.service.d",
  "t@1.service.d",
  "a.service.d",
  "systemd-journald.service.d",
];
const others = [...names, "elsewhere.service", "nowhere.service", "t@2.service", "t@%j.service"];
const pulls = ["Requires", "Requires", "Requires", "Wants", "BindsTo", "After", "Before", "PartOf"];

const line = fc.oneof(
  { weight: 4, arbitrary: fc.constant("Description=x") },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom(...pulls), fc.constantFrom(...others)).map((pair) => pair.join("=")),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "Typo=1",
      "DefaultDependencies=no",
      "JobTimeoutSec=soon",
      "Conflicts=b.service",
    ),
  },
);
const program = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom("/bin/true", "true") },
  { weight: 3, arbitrary: fc.constant("PROGRAM") },
  { weight: 1, arbitrary: fc.constantFrom("nonesuch", "/bin/%p", "a/b") },
);
const text = fc
  .record({ lines: fc.array(line, { maxLength: 2 }), program })
  .map(({ lines, program }) => (name: string) => {
    const unit = `[Unit]\n${lines.map((one) => `${one}\n`).join("")}`;
    if (/service(?:\.d\/.*)?$/.test(name))
      return `${unit}[Service]\n${name.includes(".d/") ? "Nice=1\n" : `ExecStart=${program}\n`}`;
    if (name.endsWith(".socket")) return `${unit}[Socket]\nListenStream=/run/x\n`;
    return name.endsWith(".timer") ? `${unit}[Timer]\nOnCalendar=daily\n` : unit;
  });

type Step =
  | { readonly kind: "git"; readonly file: string; readonly text: ((name: string) => string) | null }
  | { readonly kind: "host"; readonly isThere: boolean }
  | { readonly kind: "program"; readonly mode: number };

const files = [...names.map((name) => `units/${name}`), ...dropIns.map((name) => `units/${name}/10.conf`)];
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("git" as const),
      file: fc.constantFrom(...files),
      text: fc.option(text, { freq: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("host" as const), isThere: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("program" as const), mode: fc.constantFrom(0o644, 0o755) }),
  },
);

const first = fc.tuple(...files.map(() => fc.option(text, { freq: 1 })));

/**
 * systemd walks through dependencies in an order of chance, and names one of several units that are missing, or some of the ways round
 * a circle. So it is asked again before its answers count as different.
 */
const mostTries = 6;
const chosenByChance = ["missing-dependency", "ordering-cycle"];

function hasSameVerdicts(left: readonly Diagnostic[], right: readonly Diagnostic[]): boolean {
  const describeAll = (found: readonly Diagnostic[]) =>
    new Set(found.map((one) => (chosenByChance.includes(one.code) ? one.code : JSON.stringify(one))));
  return [...describeAll(left)].sort().join("\n") === [...describeAll(right)].sort().join("\n");
}

describe.skipIf(isMissing)("a verifier that remembers", () => {
  it("says of every revision of a sequence what one that remembers nothing says", async () => {
    await fc.assert(
      fc.asyncProperty(first, fc.array(step, { minLength: 4, maxLength: 8 }), async (texts, steps) => {
        const now = () => Date.now() + 10_000; // Late enough for the times of the files to be trusted.
        const verifier = new UnitVerifier(now);
        const program = join(place.directory, "program");
        const foreign = join(place.directory, "units/elsewhere.service");
        await writeFile(program, "#!/bin/sh\n");
        const write = (text: (name: string) => string, file: string) =>
          text(file).replace("PROGRAM", program);
        const tree = new Map(
          texts.flatMap((text, index) => {
            const file = files[index] ?? "";
            return text === null ? [] : [[file, write(text, file)] as const];
          }),
        );
        const nothing: Step = { kind: "git", file: "units/a.service", text: null };
        for (const one of [nothing, ...steps]) {
          if (one.kind === "program") await chmod(program, one.mode);
          else if (one.kind === "host") {
            await mkdir(dirname(foreign), { recursive: true });
            await rm(foreign, { force: true });
            if (one.isThere) await writeFile(foreign, "[Service]\nExecStart=/bin/true\n");
          } else if (one.text === null) tree.delete(one.file);
          else tree.set(one.file, write(one.text, one.file));
          const { signal } = new AbortController();
          const known = await place.verify({ files: Object.fromEntries(tree) }, {}, signal, verifier);
          let anew: readonly Diagnostic[] = [];
          for (let tries = 0; tries < mostTries && !hasSameVerdicts(known, anew); tries += 1)
            anew = await place.verify({ files: Object.fromEntries(tree) }, {}, signal);
          if (!hasSameVerdicts(known, anew)) expect(known).toEqual(anew);
        }
      }),
      propertyRuns(32),
    );
  }, 600_000);
});
