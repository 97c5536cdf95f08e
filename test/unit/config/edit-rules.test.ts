import { describe, expect, it } from "vitest";
import { addRules } from "../../../src/config/edit-rules.ts";
import { parseRepositoryConfig } from "../../../src/config/repository-config.ts";

const disabled = { keys: ["units", "a.service", "enabled"], value: false } as const;
const instances = { keys: ["units", "w@.service", "instances"], value: ["a", "b"] } as const;
const mode = { keys: ["files", "/etc/a.env", "mode"], value: "0640" } as const;

describe("rules added to gitops.yaml", () => {
  it("make a valid file of an empty text", () => {
    const { text, added, kept } = addRules("", [disabled, instances, mode]);
    expect([added.length, kept]).toEqual([3, []]);
    const { config } = parseRepositoryConfig(text, "gitops.yaml");
    expect(config?.units.get("a.service")).toMatchObject({ enabled: false });
    expect(config?.units.get("w@.service")).toMatchObject({ instances: ["a", "b"] });
    expect(config?.files.get("/etc/a.env")).toMatchObject({ mode: 0o640 });
  });

  it("keep comments, order and what is written beside them", () => {
    const before = "# ours\ndefaults: { drift: correct } # all\nunits:\n  a.service: { on-change: reload }\n";
    const { text } = addRules(before, [disabled]);
    expect(text).toContain("# ours\ndefaults: { drift: correct } # all\n");
    const { config } = parseRepositoryConfig(text, "gitops.yaml");
    expect(config?.units.get("a.service")).toMatchObject({ enabled: false, onChange: "reload" });
  });

  it("leave a rule that says something else as it is, and name it", () => {
    const before = "units: { a.service: { enabled: true }, w@.service: { instances: [a, b] } }\n";
    expect(addRules(before, [disabled, instances])).toEqual({ text: before, added: [], kept: [disabled] });
  });
});
