/** Repositories whose content lies where no host looks for it. */
import { describe, expect, it } from "vitest";
import { parseRepositoryConfig } from "../../../../src/config/repository-config.ts";
import { findEmptiness, findRoleMistakes } from "../../../../src/core/check/layout.ts";
import type { RepositoryConfig } from "../../../../src/core/model/rules.ts";
import { build } from "../../../support/values/scenario.ts";

function configOf(text: string): RepositoryConfig {
  const { config } = parseRepositoryConfig(text, "gitops.yaml");
  if (config === null) throw new Error(`not valid: ${text}`);
  return config;
}

describe("a revision without anything for a host", () => {
  it("is told of, with the place where units belong", () => {
    const [warning, ...others] = findEmptiness(
      build({ files: {} }).desired,
      configOf("layout: { units: [etc, .] }\nhosts: { h1: { directory: servers/one } }"),
    );
    expect(others).toEqual([]);
    expect(warning).toMatchObject({
      severity: "warning",
      file: "etc/",
      message: "there is no unit and no file for h1 in this repository",
      hint: expect.stringContaining("looked for in etc, . at the top, in roles/ROLE/ and in servers/one/;"),
    });
  });

  it.each([
    ["unit", "units/a.service", "[Service]\nExecStart=/bin/true\n"],
    ["file", "files/etc/app.conf", "x"],
  ])("is not meant where there is one %s", (_, path, text) => {
    expect(findEmptiness(build({ files: { [path]: text } }).desired, configOf(""))).toEqual([]);
  });
});

describe("roles", () => {
  const messagesOf = (text: string, paths: readonly string[]) =>
    findRoleMistakes(configOf(text), paths).map(({ file, message, hint }) => `${file}: ${message} (${hint})`);

  it("are told of once when they are misspelt", () => {
    expect(messagesOf("hosts: { h1: { roles: [meda] } }", ["roles/media/units/a.service"])).toEqual([
      "gitops.yaml: hosts: h1 has the role meda, but there is no directory roles/meda (did you mean media?)",
    ]);
  });

  it("are told of when no host has them", () => {
    expect(messagesOf("", ["roles/media/units/a.service", "units/a.service"])).toEqual([
      "roles/media: no host has this role, so nobody gets what is in it " +
        "(give it to a host in gitops.yaml: hosts: { NAME: { roles: [media] } })",
    ]);
  });

  it("are in order when each has a directory and a host", () => {
    expect(messagesOf("hosts: { h1: { roles: [media] } }", ["roles/media/files/etc/x"])).toEqual([]);
  });
});
