import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAgentConfig } from "../../../src/config/agent-config.ts";
import { parseRepositoryConfig } from "../../../src/config/repository-config.ts";
import { formatDiagnostics } from "../../../src/core/check/diagnostic-text.ts";
import type { Diagnostic } from "../../../src/core/model/errors.ts";
import { systemScope } from "../../../src/core/model/manager-scope.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";
import { hintsOf, summarize } from "./support.ts";

const box = { file: "agent.yaml", hostname: "box", scope: systemScope };

const diagnose = (text: string) => parseRepositoryConfig(text, "gitops.yaml").diagnostics;
const mebibyte = 1024 * 1024;

describe("what is not YAML", () => {
  test.each([
    ["units:\n\ta: 1\n", "2:1 a tab cannot indent YAML"],
    ["units: { web.service: { state: auto }\nfiles: {}\n", "1:8 this bracket is not closed"],
    ["admins: ['x\nhosts: {}\n", "1:10 this quotation mark is not closed"],
    ["admins: a: b\n", "1:9 a second key on this line, or a key below a key that has a value already"],
    [
      "units:\n  a.service:\n    state: auto\n   drift: report\n",
      "4:1 the indentation does not fit the lines above",
    ],
    ["layout\nunits: {}\n", "1:1 a key is not followed by a colon"],
    ["admins: @x\n", "1:9 text cannot begin with this character unless it is quoted"],
    ["admins: !vault x\n", "1:9 YAML tags (!name) are not supported"],
    ["%YAML 1.1\n---\nadmins: []\n", "1:1 YAML directives are not supported"],
    ["admins: []\n---\nhosts: {}\n", "2:1 a second YAML document begins here"],
  ])("%j is reported where the mistake is", (text, finding) => {
    expect(summarize(diagnose(text))[0]).toBe(finding);
  });

  test("a pattern without quotes is explained, and only that", () => {
    for (const text of [
      "units:\n  *.service:\n    state: running\n",
      "units:\n  *.service: { state: running }\n",
    ]) {
      const diagnostics = diagnose(text);
      expect(summarize(diagnostics)).toEqual([
        "2:3 a * without quotes starts a YAML alias, and aliases are not supported",
      ]);
      expect(hintsOf(diagnostics)[0]).toContain("quotes");
    }
  });

  test("a * inside quotes or text is no alias", () => {
    expect(diagnose('units:\n  "*.service": {}\n  web-*.service: {}\n')).toEqual([]);
  });

  test("one mistake on a line is one finding", () => {
    expect(diagnose("admins: b\n  c: d\n")).toHaveLength(1);
  });
});

describe("places", () => {
  test("a byte order mark and CRLF change no line and no column", () => {
    const diagnostics = diagnose("\uFEFFunits:\r\n  web.service:\r\n    foo: 1\r\n");
    expect(summarize(diagnostics)).toEqual(['3:5 unknown key "foo"']);
    expect(diagnostics[0]?.sourceLine).toBe("    foo: 1");
  });

  test("an unknown key is marked itself, a wrong value is marked itself, and a missing key at its map", () => {
    const text = "repository:\n  branch: main\n  brnch: x\ninterval: [1]\n";
    expect(summarize(parseAgentConfig(text, box).diagnostics)).toEqual([
      '2:3 missing key "url": the URL of a git repository',
      '3:3 unknown key "brnch"',
      "4:11 expected a time span such as 90s or 1min 30s, found a list",
    ]);
  });

  test("a value that is not there is marked at its key", () => {
    expect(summarize(diagnose("defaults:\n  drift:\n"))).toEqual([
      "2:3 expected report, correct, ignore, or a map of kinds, found nothing",
    ]);
  });

  test("findings come in the order of the text", () => {
    const text = "files: 1\nadmins: 2\nlayout: 3\nzzz: 4\n";
    expect(diagnose(text).map((diagnostic) => diagnostic.line)).toEqual([1, 2, 3, 4]);
  });

  test("a key that is given twice names the line of the first", () => {
    const text = "units:\n  a.service: {}\n  b.service: {}\n  a.service: { state: stopped }\n";
    expect(summarize(diagnose(text))).toEqual(['4:3 the key "a.service" is given twice: first in line 2']);
  });
});

describe("hints", () => {
  test.each([
    ["on_change: 1", 'did you mean "on-change"?'],
    ["onChange: 1", 'did you mean "on-change"?'],
    ["helth: {}", 'did you mean "health"?'],
    ["restart: always", "the keys known here are state, enabled, on-change, drift, health, instances, adopt"],
    ["drift: corect", "did you mean correct?"],
    ["state: never", undefined],
  ])("for %j the hint is %j", (line, hint) => {
    expect(hintsOf(diagnose(`units:\n  web.service:\n    ${line}\n`))).toEqual([hint]);
  });

  test("YAML 1.1 booleans are text today, and the hint says what to write", () => {
    const { diagnostics } = parseAgentConfig("repository: /r\nprune: no\nallow-empty: On\n", box);
    expect(hintsOf(diagnostics)).toEqual(["write false", "write true"]);
  });
});

describe("hostile input is refused quickly", () => {
  test.each([
    ["more than 1 MiB", "#".repeat(mebibyte + 1), "too-large"],
    ["a million flow entries", `[${"a,".repeat(mebibyte / 2 - 1)}]`, "too-large"],
    ["a million brackets", "[".repeat(mebibyte), "too-deep"],
    ["a million dashes", "- ".repeat(mebibyte / 2), "too-deep"],
    ["a thousand levels of indentation", toLevels(1000), "too-deep"],
    ["an alias bomb", "a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n", "yaml-syntax"],
  ])("%s", (_, text, code) => {
    expect(diagnose(text)[0]?.code).toBe(code);
  });

  test("nesting that a person might write is read", () => {
    expect(diagnose("x: [[[[[[[[[[1]]]]]]]]]]\n")[0]?.code).toBe("unknown-key");
  });

  test("thousands of mistakes end in one line that counts the rest", () => {
    const diagnostics = diagnose(`admins: [${"1,".repeat(5000)}]`);
    expect(diagnostics).toHaveLength(101);
    expect(diagnostics.at(-1)?.message).toBe("4900 more findings from here on are not shown");
  });

  test("names that JavaScript gives a meaning are names, or refused", () => {
    expect(summarize(diagnose("hosts: { __proto__: {} }"))).toEqual([
      '1:10 "__proto__" cannot be used as a name',
    ]);
    const { config } = parseRepositoryConfig("hosts: { constructor: { roles: [web] } }", "gitops.yaml");
    expect([...(config?.hosts ?? [])]).toEqual([["constructor", { roles: ["web"] }]]);
  });
});

describe("whatever the text is", () => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        ..."\n|\n  |\n    |: |- |[|]|{|}|, |\"|'|#|&a|*a|!t|? |%|---\n|...\n|\t|\r\n|>|~|\uFEFF|😀|0640|units|files".split(
          "|",
        ),
        ..."web.service|hosts|health|settle|5s|layout|admins|age1x|__proto__|repository|url|https://a:b@c".split(
          "|",
        ),
        "|\n",
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(""));
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => new TextDecoder().decode(array));
  const texts = fc.oneof(fc.string({ unit: "binary" }), bytes, yamlish);

  test("nothing throws, and every finding has a place within the text", () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const parse of [parseRepositoryConfig, parseAgent]) {
          const { config, diagnostics } = parse(text, "f.yaml");
          expect(config === null).toBe(diagnostics.length > 0);
          for (const diagnostic of diagnostics) expectPlaceWithin(diagnostic, text);
          expect(typeof formatDiagnostics(diagnostics)).toBe("string");
        }
      }),
      propertyRuns(2000),
    );
  });
});

function parseAgent(text: string, file: string) {
  return parseAgentConfig(text, { ...box, file });
}

function expectPlaceWithin({ line = 0, column = 0 }: Diagnostic, text: string): void {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  expect(line).toBeGreaterThanOrEqual(1);
  expect(line).toBeLessThanOrEqual(lines.length);
  expect(column).toBeGreaterThanOrEqual(1);
  expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
}

function toLevels(depth: number): string {
  return Array.from({ length: depth }, (_, level) => `${" ".repeat(level)}a:\n`).join("");
}
