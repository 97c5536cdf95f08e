/** What is said of the programs and units that hooks name. */
import { expect, it } from "vitest";
import { listHostQuestions, validateDesired } from "../../../../src/core/check/validate.ts";
import type { FileRules } from "../../../../src/core/model/rules.ts";
import { build } from "../../../support/values/scenario.ts";
import { factsOf, findingsOf, type Host } from "./findings.ts";

const conf = { "files/etc/app.conf": "x" };
const service = (more = "") => `[Service]\nExecStart=/bin/sleep 1\n${more}`;

function find(rules: FileRules, host: Host | null, files: Readonly<Record<string, string>> = {}) {
  return findingsOf({ files: { ...conf, ...files }, fileRules: { "/etc/app.conf": rules } }, host);
}

it("a program that the host does not have is warned of, by its path or by its name", () => {
  const rules = { run: [["/opt/one"], ["two"]] };
  const missing = "! gitops.yaml missing-executable";
  expect(find(rules, {})).toEqual([missing, missing]);
  expect(find(rules, { paths: ["/opt/one", "/usr/sbin/two"] })).toEqual([]);
  expect(find(rules, null)).toEqual([]);
});

it("a program of the revision counts, and has to be executable", () => {
  const files = { "files/usr/local/bin/two": "#!/bin/sh\n" };
  expect(find({ run: [["two"]] }, {}, files)).toEqual(["! gitops.yaml not-executable"]);
});

it("a unit that cannot be reloaded is warned of, one of git on any machine", () => {
  const reloads = { reloads: ["a.service"] };
  const units = (text: string) => ({ "units/a.service": text });
  expect(find(reloads, null, units(service()))).toEqual(["! gitops.yaml not-reloadable"]);
  expect(find(reloads, null, units(service("ExecReload=/bin/kill -HUP $MAINPID\n")))).toEqual([]);
  expect(find(reloads, {}, units(service("Type=notify-reload\n")))).toEqual([]);
  expect(find({ restarts: ["a.service"] }, {}, units(service()))).toEqual([]);
});

it("a unit that is not in git is asked of the host", () => {
  const text = { files: conf, fileRules: { "/etc/app.conf": { reloads: ["nginx.service"] } } };
  const { desired } = build(text);
  expect(listHostQuestions(desired)).toMatchObject({
    units: ["nginx.service"],
    reloadable: ["nginx.service"],
  });
  const say = (host: Host) => validateDesired(desired, factsOf(host)).map(({ message }) => message);
  expect(say({})).toEqual([
    "/etc/app.conf reloads nginx.service, which is neither in this revision nor on this host",
  ]);
  expect(say({ units: ["nginx.service"] })).toEqual([
    "/etc/app.conf reloads nginx.service, which cannot be reloaded",
  ]);
  expect(say({ units: ["nginx.service"], reloadable: ["nginx.service"] })).toEqual([]);
});
