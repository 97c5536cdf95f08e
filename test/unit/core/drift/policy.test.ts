/** Which policy holds for a difference: the rules of gitops.yaml, from the general to the specific. */
import { expect, test } from "vitest";
import { parseRepositoryConfig } from "../../../../src/config/repository-config.ts";
import { resolveDriftRules } from "../../../../src/core/desired/drift-table.ts";
import { resolveUnitRules } from "../../../../src/core/desired/unit-rules.ts";
import { policyOf } from "../../../../src/core/drift/policy.ts";
import type { Drift } from "../../../../src/core/model/drift.ts";
import { build } from "../../../support/values/scenario.ts";

const sleeper = "[Service]\nExecStart=/bin/sleep infinity\n";

function policyIn(yaml: string): (drift: Partial<Drift>) => string {
  const { config, diagnostics } = parseRepositoryConfig(yaml, "gitops.yaml");
  expect(diagnostics).toEqual([]);
  if (config === null) throw new Error("no configuration");
  const names = ["web-a.service", "web-b.service", "x@.service"];
  const { desired } = build({ files: Object.fromEntries(names.map((name) => [`units/${name}`, sleeper])) });
  const driftRules = resolveDriftRules(config, desired.units, desired.files, (name) =>
    resolveUnitRules(config, name),
  );
  return (drift) => policyOf({ kind: "modified", unit: null, path: null, ...drift }, { driftRules });
}

test("without rules everything is reported", () => {
  const policy = policyIn("");
  expect(policy({ unit: "web-a.service", kind: "stopped" })).toBe("report");
  expect(policy({ path: "/etc/app.conf" })).toBe("report");
});

test("a map is laid over the defaults, kind by kind", () => {
  const policy = policyIn(`
defaults: { drift: { stopped: correct, default: ignore } }
units: { web-a.service: { drift: { mode: report } } }
`);
  expect(policy({ unit: "web-a.service", kind: "stopped" })).toBe("correct");
  expect(policy({ unit: "web-a.service", kind: "mode" })).toBe("report");
  expect(policy({ unit: "web-a.service", kind: "missing" })).toBe("ignore");
  expect(policy({ unit: "web-b.service", kind: "mode" })).toBe("ignore");
});

test("the more specific key wins: a word decides all kinds, a map only its own", () => {
  const policy = policyIn(`
units:
  "web-*.service": { drift: { stopped: correct, mode: correct } }
  web-a.service: { drift: { mode: ignore } }
  web-b.service: { drift: report }
`);
  expect(policy({ unit: "web-a.service", kind: "stopped" })).toBe("correct");
  expect(policy({ unit: "web-a.service", kind: "mode" })).toBe("ignore");
  expect(policy({ unit: "web-b.service", kind: "stopped" })).toBe("report");
});

test("an instance that nobody declared has the rules of its template", () => {
  const policy = policyIn("units: { x@.service: { drift: correct } }");
  expect(policy({ unit: "x@by-hand.service" })).toBe("correct");
});

test("a quadlet has the rules of its service", () => {
  const policy = policyIn("units: { web-a.service: { drift: correct } }");
  expect(policy({ unit: "web-a.container", path: "/etc/containers/systemd/web-a.container" })).toBe(
    "correct",
  );
});

test("a path in ignore is ignored whatever its kind, and only for the units that say so", () => {
  const policy = policyIn(`
units: { web-a.service: { drift: { default: correct, modified: correct, ignore: [/etc/systemd/system.control/*] } } }
`);
  const path = "/etc/systemd/system.control/web-a.service.d/50-CPUWeight.conf";
  expect(policy({ unit: "web-a.service", kind: "foreign-drop-in", path })).toBe("ignore");
  expect(policy({ unit: "web-a.service", kind: "modified", path: "/etc/systemd/system/web-a.service" })).toBe(
    "correct",
  );
  expect(policy({ unit: "web-b.service", kind: "foreign-drop-in", path })).toBe("report");
});

test("what files: says of a path wins over the unit that the path belongs to", () => {
  const path = "/etc/systemd/system/web-a.service";
  const policy = policyIn(`
units: { web-a.service: { drift: correct } }
files: { ${path}: { drift: report }, /etc/app.conf: { drift: { mode: ignore } } }
`);
  expect(policy({ unit: "web-a.service", path })).toBe("report");
  expect(policy({ path: "/etc/app.conf", kind: "mode" })).toBe("ignore");
  expect(policy({ path: "/etc/app.conf" })).toBe("report");
});
