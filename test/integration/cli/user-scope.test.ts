/** Who calls a command with --user, and whether that user's manager can be reached: asked of this host's own accounts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { findLingerRisk, readUserScope, requireManager } from "../../../src/cli/compose-user.ts";
import { makeLayout, makeUserScope, systemScope } from "../../../src/core/model/manager-scope.ts";

const { uid, username, homedir } = userInfo();

async function readUser(env: Readonly<Record<string, string>>) {
  const { user } = await readUserScope(env);
  if (user === null) throw new Error("the scope is the system's");
  return user;
}

describe("the scope of a user", () => {
  it("has the usual places of the account that the process runs as, whatever HOME says", async () => {
    expect(await readUser({ HOME: "/somebody/else" })).toMatchObject({
      name: username,
      home: homedir,
      configHome: `${homedir}/.config`,
      runtimeDirectory: `/run/user/${uid}`,
    });
  });

  it("has the places that the XDG variables name, unless they are not absolute", async () => {
    const env = { XDG_CONFIG_HOME: "/srv/config/", XDG_STATE_HOME: "relative", XDG_DATA_HOME: "" };
    expect(await readUser(env)).toMatchObject({
      configHome: "/srv/config",
      stateHome: `${homedir}/.local/state`,
      dataHome: `${homedir}/.local/share`,
    });
  });
});

describe("the manager of a user", () => {
  it("cannot be reached without a runtime directory, and the hint says how to have one", async () => {
    const user = { ...(await readUser({})), name: "alice", runtimeDirectory: "/nowhere" };
    await expect(requireManager(makeUserScope(user))).rejects.toMatchObject({
      code: "systemd-unreachable",
      hint: expect.stringContaining("loginctl enable-linger alice"),
    });
  });

  it("is not that of the user whose variables sudo has left", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "gitops-agent-runtime-"));
    const user = { ...(await readUser({})), uid: uid + 1, runtimeDirectory: directory };
    await expect(requireManager(makeUserScope(user))).rejects.toMatchObject({
      code: "systemd-unreachable",
      message: expect.stringContaining("does not belong to"),
    });
    await rm(directory, { recursive: true });
  });

  it("ends with the last session unless its user lingers; the system's does not", async () => {
    const scope = makeUserScope({ ...(await readUser({})), name: "nobody-who-lingers" });
    const risk = await findLingerRisk(makeLayout(scope, scope.paths));
    expect(risk).toMatchObject({ severity: "warning", hint: expect.stringContaining("enable-linger") });
    expect(await findLingerRisk(makeLayout(systemScope, systemScope.paths))).toBeNull();
    await expect(requireManager(systemScope)).resolves.toBeUndefined();
  });
});
