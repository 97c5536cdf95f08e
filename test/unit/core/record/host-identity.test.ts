/** Whose inventory it is: nothing may be taken away because a host has got another name. */
import { expect, it } from "vitest";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import { claimHost, explainOtherHost } from "../../../../src/core/record/host-identity.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";

async function inventoryOf(host: string | null) {
  const simulated = new SimulatedHost();
  await simulated.sync({ files: { "units/a.service": "[Service]\nExecStart=/bin/sleep inf\n" } });
  return { ...simulated.inventory, host };
}

it("an inventory without a name, as an earlier version wrote it, takes the first that it meets, and nothing else changes", async () => {
  const before = await inventoryOf(null);
  expect(explainOtherHost(before, "media")).toBeNull();
  expect(claimHost(before, "media", false)).toEqual({ ...before, host: "media" });
});

it("an inventory that owns something belongs to its name until a person says so", async () => {
  const before = await inventoryOf("media");
  expect(claimHost(before, "media-2", false)).toBe(before);
  expect(explainOtherHost(before, "media-2")).toMatchObject({
    code: "host-changed",
    message: "what is applied here belongs to media, and this host is now media-2",
    hint: expect.stringContaining("gitops-agent sync --accept-host"),
  });
  const accepted = claimHost(before, "media-2", true);
  expect(accepted).toEqual({ ...before, host: "media-2" });
  expect(explainOtherHost(accepted, "media-2")).toBeNull();
});

it("an inventory with an apply that was cut off before its first file owns something, too", async () => {
  const { revision } = await inventoryOf("media");
  const begun = { ...emptyInventory, host: "media", applying: revision };
  expect(explainOtherHost(begun, "media-2")).toMatchObject({ code: "host-changed" });
});

it("an inventory that owns nothing follows the name, and nobody is asked", () => {
  const before = { ...emptyInventory, host: "localhost" };
  expect(explainOtherHost(before, "media")).toBeNull();
  expect(claimHost(before, "media", false)).toEqual({ ...before, host: "media" });
});

it("an inventory of this host is the same object, so that nothing is written", async () => {
  const before = await inventoryOf("media");
  expect(claimHost(before, "media", true)).toBe(before);
});
