/** The agent of a user has everything in places of that user, and shares none with the agent of the system or of another user. */
import { describe, expect, it } from "vitest";
import type { HostLayout } from "../../../../src/core/model/host-layout.ts";
import {
  guessLayout,
  makeLayout,
  makeUserScope,
  nameHost,
  systemScope,
} from "../../../../src/core/model/manager-scope.ts";
import type { UserAccount } from "../../../../src/core/model/user-layout.ts";
import { makeUser } from "../../../support/values/user-account.ts";

function layoutOf(user: UserAccount): HostLayout {
  const scope = makeUserScope(user);
  return makeLayout(scope, scope.paths);
}

/** What an agent writes to, or is found by. */
function listOwnPlaces(layout: HostLayout): readonly string[] {
  const { unitDirectory, quadletDirectory, stateDirectory, runtimeDirectory, cloneDirectory } = layout;
  const { backupDirectory, stagingDirectory, credentialDirectory, busAddress, timerStampDirectory } = layout;
  return [
    ...[unitDirectory, quadletDirectory, stateDirectory, runtimeDirectory, cloneDirectory],
    ...[backupDirectory, stagingDirectory, credentialDirectory, busAddress, timerStampDirectory],
  ];
}

const alice = layoutOf(makeUser("alice", 1000));

describe("the layout of a user", () => {
  it("has all of its own places below the home and the runtime directory of the user", () => {
    for (const place of listOwnPlaces(alice))
      expect(place).toMatch(/^(?:\/home\/alice\/|\/run\/user\/1000\/|unix:path=\/run\/user\/1000\/)/);
  });

  it("shares none of them with the system and with another user", () => {
    const all = [makeLayout(systemScope, systemScope.paths), alice, layoutOf(makeUser("bob", 1001))];
    const places = all.flatMap(listOwnPlaces);
    expect(new Set(places).size).toBe(places.length);
  });

  it("lets git write into the home only, and there not to what decides whom the agent trusts", () => {
    expect(alice.fileTrees).toEqual(["/home/alice"]);
    expect(alice.closedTrees).toEqual(
      expect.arrayContaining([
        "/home/alice/.config/gitops-agent",
        "/home/alice/.ssh",
        "/home/alice/.local/state/gitops-agent",
      ]),
    );
  });

  it("follows the directories that the user has chosen", () => {
    const moved = layoutOf(makeUser("alice", 1000, "etc"));
    expect(moved.unitDirectory).toBe("/home/alice/etc/systemd/user");
    expect(moved.managerEnvironment["XDG_CONFIG_HOME"]).toBe("/home/alice/etc");
    expect(moved.specifiers["E"]).toBe("/home/alice/etc");
  });

  it("keeps the journal apart from that of units of the same names", () => {
    expect(alice.journal).toEqual({ from: "_SYSTEMD_USER_UNIT", about: "USER_UNIT", also: ["_UID=1000"] });
  });
});

describe("the name of a host", () => {
  it("says whose units they are, so that a repository can have both", () => {
    expect(nameHost(makeUserScope(makeUser("alice", 1000)), "media")).toBe("alice@media");
    expect(nameHost(systemScope, "media")).toBe("media");
  });

  it("tells a check which manager's rules hold, on a machine that has no such user", () => {
    expect(guessLayout("alice@media", "system")).toMatchObject({
      manager: "user",
      unitDirectory: "/home/alice/.config/systemd/user",
      fileTrees: ["/"],
    });
    expect(guessLayout("media", "system").manager).toBe("system");
    expect(guessLayout("media", "user").manager).toBe("user");
  });
});
