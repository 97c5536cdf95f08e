import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAgentConfig } from "../../../src/config/agent-config.ts";
import { hasUsualRuntimeDirectory } from "../../../src/config/runtime-directory.ts";
import { systemScope } from "../../../src/core/model/manager-scope.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";

const repository = "repository: /srv/hosts.git\n";

describe("the runtime directory, without reading all of agent.yaml", () => {
  it("is the default where nothing is said of it", () => {
    expect(hasUsualRuntimeDirectory(`${repository}interval: 5s\n`)).toBe(true);
    expect(hasUsualRuntimeDirectory(`${repository}paths: { unit-directory: /x }\n`)).toBe(true);
  });

  it("is the default where it is in comments only, as in the example", () => {
    expect(hasUsualRuntimeDirectory(`${repository}# paths:\n  # runtime-directory: /run/x\n`)).toBe(true);
  });

  it.each([
    ["a map", "paths:\n  runtime-directory: /run/x\n"],
    ["a quoted key", 'paths: { "runtime-directory": /run/x }\n'],
    ["an escaped key", 'paths: { "runtime\\x2ddirectory": /run/x }\n'],
    ["an explicit key", "paths:\n  ? runtime-directory\n  : /run/x\n"],
    [
      "a flow map behind what looks like a comment",
      "log: { level: info }\n#\rpaths: { runtime-directory: /run/x }\n",
    ],
  ])("is left to the whole reading when there is %s", (_what, text) => {
    expect(hasUsualRuntimeDirectory(`${repository}${text}`)).toBe(false);
  });

  it("is never another one than that of the whole reading", () => {
    const pieces = [
      "paths",
      "runtime-",
      "directory",
      "/run/x",
      ": ",
      "{",
      "}",
      ",",
      '"',
      "'",
      "\n",
      "  ",
      "#",
      "\\x2d",
      "\r",
      "? ",
    ];
    const whole = [
      "paths: { runtime-directory: /run/x }\n",
      "#",
      "\n",
      "\u2028",
      "\r",
      "host: a\n",
      "log: {}\n",
      "'",
      "|\n  ",
    ];
    const lines = fc.oneof(
      fc.array(fc.constantFrom(...whole), { maxLength: 6 }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 10 }),
    );
    fc.assert(
      fc.property(lines, (parts) => {
        const text = `${repository}${parts.join("")}`;
        const { config } = parseAgentConfig(text, {
          file: "agent.yaml",
          hostname: "box",
          scope: systemScope,
        });
        const isUsual = config?.layout.runtimeDirectory === systemScope.paths.runtimeDirectory;
        expect(!hasUsualRuntimeDirectory(text) || config === null || isUsual).toBe(true);
      }),
      propertyRuns(1000),
    );
  });
});
