/** What uninstall says of the services that it leaves behind. */
import { describe, expect, it } from "vitest";
import { renderPurge, renderStays } from "../../../src/cli/render/uninstall.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";

const credential = {
  unit: "web.service",
  name: "token",
  origin: "secrets/web.service/token.age",
  digest: "d",
  cacheKey: "k",
  delivery: "credential",
} as const;
const withSecrets = { ...emptyInventory, credentials: [credential, { ...credential, name: "other" }] };

describe("uninstall", () => {
  it("names each service that does not start again once its secrets are deleted", () => {
    expect(renderPurge(["/state"], withSecrets)).toContain("do not start again without them: web.service\n");
    expect(renderPurge(["/state"], emptyInventory)).toBe("to be deleted:\n  /state\n");
  });

  it("says that secrets are restored at boot only where they are", () => {
    expect(renderStays(withSecrets, false)).toContain("gitops-agent-credentials.service stays enabled");
    expect(renderStays(withSecrets, true)).not.toContain("stays enabled");
    expect(renderStays(emptyInventory, false)).not.toContain("stays enabled");
  });
});
