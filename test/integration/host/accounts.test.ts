import { describe, expect, it } from "vitest";
import { loadAccounts, parseAccount } from "../../../src/host/accounts.ts";

describe("an account of this host", () => {
  it("has a number and a name, users and groups apart", async () => {
    const accounts = await loadAccounts();
    expect([await accounts.idOf("user", "root"), await accounts.idOf("group", "root")]).toEqual([0, 0]);
    expect([await accounts.nameOf("user", 0), await accounts.nameOf("group", 0)]).toEqual(["root", "root"]);
  });

  it("that does not exist has neither", async () => {
    const accounts = await loadAccounts();
    expect(await accounts.idOf("group", "no-such-group")).toBeNull();
    expect(await accounts.nameOf("group", 3_999_999_999)).toBe("3999999999");
  });

  it("may be named by its number, but not by the one that means no change", async () => {
    const accounts = await loadAccounts();
    expect([await accounts.idOf("user", "3999999998"), await accounts.idOf("user", "4294967295")]).toEqual([
      3_999_999_998,
      null,
    ]);
  });
});

describe("a line of the group file", () => {
  it.each([
    ["gitops-agent:x:987:alice,bob", { name: "gitops-agent", id: 987 }],
    ["broken:x:zero:", null],
    ["short:x", null],
    ["", null],
  ])("%j is %j", (line, account) => {
    expect(parseAccount(line)).toEqual(account);
  });
});
