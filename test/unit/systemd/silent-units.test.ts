/** Which units are verified again after a change, by what was said of them before. */
import { beforeEach, describe, expect, it } from "vitest";
import { readVerifyOutput } from "../../../src/systemd/verify/messages.ts";
import type { StagedUnits } from "../../../src/systemd/verify/reach.ts";
import { SilentUnits } from "../../../src/systemd/verify/silent-units.ts";
import { readUnitText } from "../../../src/systemd/verify/unit-text.ts";

let silent: SilentUnits;
let texts: Record<string, string>;
let host: string;
let common: ReadonlySet<string>;
let atMs: number;

beforeEach(() => {
  silent = new SilentUnits();
  texts = {
    "web.service": "[Unit]\nRequires=db.service\nAfter=log.service",
    "db.service": "[Unit]\nWants=log.service",
    "log.service": "[Unit]\nBefore=web.service",
    "log.timer": "",
    "w@.service": "[Unit]\nRequires=part-%i.service",
    "w@a.service": "",
    "part-a.service": "",
    "part-b.service": "",
    "shared.slice": "",
  };
  host = "h";
  common = new Set(["shared.slice"]);
  atMs = 1_000;
});

/** Verifies what has to be, with these messages. */
function verify(stderr = "", isComplete = true): readonly string[] {
  const units: StagedUnits = new Map(
    Object.entries(texts).map(([name, text]) => [
      name,
      { identity: text, texts: [readUnitText(new TextEncoder().encode(text))], targets: [] },
    ]),
  );
  const subjects = Object.keys(texts).filter((name) => name !== "w@.service");
  const question = { subjects, units, host, common, isSelfContained: () => true, atMs };
  const selection = silent.select(question);
  silent.note(question, selection, {
    messages: readVerifyOutput(stderr),
    isComplete,
    findOwner: (file) => file.slice(1),
  });
  return [...selection.subjects];
}

const everything = () => Object.keys(texts).filter((name) => name !== "w@.service");

describe("after a revision of which nothing is to be said", () => {
  beforeEach(() => {
    expect(verify()).toEqual(everything());
    expect(verify()).toEqual([]);
  });

  it.each([
    ["web.service", ["web.service"]],
    ["log.service", ["web.service", "db.service", "log.service", "log.timer"]],
    ["part-a.service", ["w@a.service", "part-a.service"]],
    ["w@.service", ["w@a.service"]],
  ])("a change of %s has verified those whose start pulls it in", (name, expected) => {
    texts[name] = `${texts[name] ?? ""}\n# changed`;
    expect(verify()).toEqual(expected);
    expect(verify()).toEqual([]);
  });

  it("a unit that is removed has those verified that name it, and a new one those that name it", () => {
    const { "db.service": db = "", ...rest } = texts;
    texts = rest;
    expect(verify()).toEqual(["web.service"]);
    texts["db.service"] = db;
    expect(verify()).toEqual(["web.service", "db.service"]);
  });

  it.each([
    ["another host", () => (host = "other")],
    ["what any unit may depend on", () => (texts["shared.slice"] = "# changed")],
    ["an hour", () => (atMs += 3_600_000)],
  ])("%s has all of them verified", (_, change) => {
    change();
    expect(verify()).toEqual(everything());
  });
});

it("a line of a million characters and a name of a thousand specifiers take no time worth mentioning", () => {
  texts["web.service"] =
    `[Service]\nEnvironment=A=${"x".repeat(1_000_000)}\n[Unit]\nWants=${"%i-".repeat(300)}.service`;
  texts[`${"-".repeat(240)}.service`] = "";
  expect(verify()).toEqual(everything());
});

describe("a unit of which something was said", () => {
  it.each([
    ["a line of its file", "/db.service:3: Unknown key", ["db.service"]],
    ["its template", "/w@.service:3: Unknown key", ["w@a.service"]],
    ["itself", "db.service: Command /x is not executable: gone", ["db.service"]],
    ["a circle", "db.service: Found ordering cycle on web.service/start", null],
    ["nobody knows what", "Something is odd.", null],
  ])("is verified again and again: %s", (_, stderr, expected) => {
    verify(stderr);
    expect(verify(stderr)).toEqual(expected ?? everything());
    expect(verify()).toEqual(expected ?? everything());
    expect(verify()).toEqual([]);
  });

  it("is verified again after a checker that has failed", () => {
    verify("", false);
    expect(verify()).toEqual(everything());
  });
});
