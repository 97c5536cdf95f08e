/** What init tells a person to carry elsewhere. */
import { describe, expect, it } from "vitest";
import { renderThingsToPaste } from "../../../src/cli/render/init.ts";

const deployKey = "ssh-ed25519 AAAAC3 gitops-agent@web-1";

describe("what is to be pasted", () => {
  it("stands at the margin: a line for the git server, and YAML for gitops.yaml", () => {
    const lines = renderThingsToPaste({ host: "web-1", deployKey, recipient: "age1xyz" }).split("\n");
    expect(lines).toContain(deployKey);
    const start = lines.indexOf("hosts:");
    expect(lines.slice(start, start + 2)).toEqual(["hosts:", '  web-1: { recipient: "age1xyz" }']);
  });

  it("has no deploy key when the repository can be read, and no recipient without an identity", () => {
    expect(renderThingsToPaste({ host: "web-1", deployKey: null, recipient: "age1xyz" })).not.toContain(
      "deploy",
    );
    expect(renderThingsToPaste({ host: "web-1", deployKey, recipient: null })).not.toContain("hosts:");
    expect(renderThingsToPaste({ host: "web-1", deployKey: null, recipient: null })).toBe("");
  });
});
