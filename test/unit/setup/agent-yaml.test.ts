/** The agent.yaml that init writes is read back as it was meant. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAgentConfig } from "../../../src/config/agent-config.ts";
import { checkFilePath } from "../../../src/config/names.ts";
import { systemScope } from "../../../src/core/model/manager-scope.ts";
import { type AgentYaml, formatAgentYaml } from "../../../src/setup/agent-yaml.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";

const place = { file: "agent.yaml", hostname: "web-1", scope: systemScope };

const ssh: AgentYaml = {
  url: "git@git.example.org:ops/hosts.git",
  branch: "main",
  host: null,
  sshKey: "/etc/gitops-agent/deploy_key",
  knownHosts: "/etc/gitops-agent/known_hosts",
  tokenFile: null,
  identity: "/etc/gitops-agent/identity.txt",
};

function parse(values: AgentYaml) {
  const { config, diagnostics } = parseAgentConfig(formatAgentYaml(values), place);
  expect(diagnostics).toEqual([]);
  return config;
}

describe("the text of a new agent.yaml", () => {
  it("names the keys of a repository behind ssh, and leaves the host's name to the host", () => {
    expect(parse(ssh)).toMatchObject({
      repository: { url: ssh.url, branch: "main", sshKey: ssh.sshKey, knownHosts: ssh.knownHosts },
      host: "web-1",
      identities: [ssh.identity],
      verify: null,
    });
    expect(formatAgentYaml(ssh)).toContain(`  url: ${ssh.url}\n`);
  });

  it("names the token of a repository behind https, and no keys of ssh", () => {
    const url = "https://git.example.org/ops/hosts.git";
    const values = { ...ssh, url, sshKey: null, knownHosts: null, tokenFile: "/etc/gitops-agent/token" };
    expect(parse(values)?.repository).toMatchObject({ url, tokenFile: "/etc/gitops-agent/token" });
    expect(formatAgentYaml(values)).not.toContain("ssh-key:");
  });

  it("quotes what YAML would take for a number or a word of its own", () => {
    expect(parse({ ...ssh, host: "0123", branch: "1.0" })).toMatchObject({
      host: "0123",
      repository: { branch: "1.0" },
    });
    expect(parse({ ...ssh, host: "no", branch: "null" })).toMatchObject({
      host: "no",
      repository: { branch: "null" },
    });
  });

  it("is read back to the same paths, whatever characters they have", () => {
    const segment = fc.stringMatching(/^[\x20-\x7e]{1,12}$/).filter((text) => !/[/]|^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(segment, segment, (one, other) => {
        const values = { ...ssh, sshKey: `/keys/${one}/${other}`, identity: `/${other}/id` };
        const { config } = parseAgentConfig(formatAgentYaml(values), place);
        const isRefused = [values.sshKey, values.identity].some((path) => checkFilePath(path) !== null);
        if (isRefused) expect(config).toBeNull();
        else
          expect(config).toMatchObject({
            repository: { sshKey: values.sshKey },
            identities: [values.identity],
          });
      }),
      propertyRuns(200),
    );
  });
});
