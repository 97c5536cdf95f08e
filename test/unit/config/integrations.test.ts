/** What agent.yaml says about integrations, and how mistakes in it are reported. */
import { describe, expect, it } from "vitest";
import { parseAgentConfig } from "../../../src/config/agent-config.ts";
import { systemScope } from "../../../src/core/model/manager-scope.ts";

function parse(lines: string) {
  const place = { file: "agent.yaml", hostname: "box", scope: systemScope };
  return parseAgentConfig(`repository: /srv/hosts.git\n${lines}\n`, place);
}

/** `line:column: message` of each mistake. */
function mistakesOf(lines: string): readonly string[] {
  return parse(lines).diagnostics.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

describe("metrics", () => {
  it.each([
    ["127.0.0.1:9638", { kind: "tcp", host: "127.0.0.1", port: 9638 }],
    ['"[::1]:9638"', { kind: "tcp", host: "::1", port: 9638 }],
    ["unix:/run/metrics.sock", { kind: "unix", path: "/run/metrics.sock" }],
  ])("listen on %s", (text, listen) => {
    const { config } = parse(`metrics: { listen: ${text} }`);
    expect(config?.integrations.metrics).toEqual({ listen, textfileDirectory: null });
  });

  it("are off without the key, and when it is empty", () => {
    expect(parse("").config?.integrations.metrics).toBeNull();
    expect(parse("metrics:").config?.integrations.metrics).toBeNull();
  });

  it("are refused with the place and the reason", () => {
    expect(mistakesOf("metrics: {}")).toEqual(["2:10: metrics says neither listen nor textfile"]);
    expect(mistakesOf("metrics:\n  listen: localhost:9638")).toEqual([
      "3:11: expected an IP address and a port, or unix: and an absolute path",
    ]);
    for (const wrong of ["9638", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "999.0.0.1:80", "unix:x"]) {
      expect(mistakesOf(`metrics: { listen: "${wrong}" }`)).toHaveLength(1);
    }
    expect(mistakesOf("metrics: { textfile: relative }")).toHaveLength(1);
    expect(mistakesOf("metrics: { port: 9638 }").join()).toContain("2:12: unknown key");
  });
});
