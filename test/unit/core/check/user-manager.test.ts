/** What needs root is refused for the manager of a user, with the reason; the system's manager may do all of it. */
import { describe, expect, it } from "vitest";
import { validateDesired } from "../../../../src/core/check/validate.ts";
import { guessLayout } from "../../../../src/core/model/manager-scope.ts";
import { build, layout as systemLayout } from "../../../support/values/scenario.ts";

const userLayout = guessLayout("alice@media", "user");
type Text = Parameters<typeof build>[0];

function findingsFor(text: Text, layout = userLayout): readonly string[] {
  const { desired } = build(text, "alice@media", layout);
  return validateDesired(desired, null).map(
    ({ severity, code, file, line }) => `${severity} ${code} ${file}${line === undefined ? "" : `:${line}`}`,
  );
}

const service = (setting: string) => ({
  files: { "units/a.service": `[Service]\nExecStart=/bin/true\n${setting}\n` },
});

describe("for the manager of a user", () => {
  it.each(["User=root", "Group=adm", "SupplementaryGroups=video", "DynamicUser=yes"])(
    "%s is refused",
    (setting) => {
      expect(findingsFor(service(setting))).toEqual(["error needs-root units/a.service:3"]);
    },
  );

  it.each([
    "Group=alice",
    "User=%u",
    "DynamicUser=no",
    "User=",
    "PrivateUsers=yes\nAmbientCapabilities=CAP_NET_BIND_SERVICE",
  ])("%s is fine", (setting) => {
    expect(findingsFor(service(setting))).toEqual([]);
  });

  it.each([
    "User=alice",
    "AmbientCapabilities=CAP_NET_BIND_SERVICE",
    "CapabilityBoundingSet=CAP_CHOWN",
    "LogNamespace=x",
    "RootDirectory=/srv",
  ])("%s gets a warning: it depends on the version and the host whether the unit starts", (setting) => {
    expect(findingsFor(service(setting))).toEqual(["warning may-need-root units/a.service:3"]);
  });

  it("units of types that only the system has are refused", () => {
    const files = {
      "units/home-alice-a.automount": "[Automount]\nWhere=/home/alice/a\n",
      "units/home-alice-b.swap": "[Swap]\nWhat=/home/alice/b\n",
    };
    expect(findingsFor({ files }).filter((finding) => finding.startsWith("error"))).toEqual([
      "error needs-root units/home-alice-a.automount",
      "error needs-root units/home-alice-b.swap",
    ]);
  });

  it("a unit that is enabled for a boot of the system gets a warning: nothing would start it", () => {
    expect(findingsFor(service("[Install]\nWantedBy=multi-user.target"))).toEqual([
      "warning no-such-target units/a.service",
    ]);
    expect(findingsFor(service("[Install]\nWantedBy=default.target"))).toEqual([]);
  });

  it("a file for another account is refused", () => {
    const files = { "files/home/alice/a": "x" };
    const ruled = (owner: string) => findingsFor({ files, fileRules: { "/home/alice/a": { owner } } });
    expect(ruled("root")).toEqual(["error needs-root gitops.yaml"]);
    expect(ruled("alice")).toEqual([]);
  });

  it("a file outside of the home is refused", () => {
    const ofUser = { ...userLayout, fileTrees: ["/home/alice"] };
    const { diagnostics } = build(
      { files: { "files/etc/a": "x", "files/home/alice/b": "x" } },
      "alice@media",
      ofUser,
    );
    expect(diagnostics.map(({ code, file }) => [code, file])).toEqual([["file-refused", "files/etc/a"]]);
  });

  it("a secret of a container belongs to the container's root, and to nobody else", () => {
    const quadlet = (secret: string) =>
      build(
        {
          files: { "units/box.container": `[Container]\nImage=x\nSecret=${secret}\n` },
          secrets: { "secrets/box.container/key.age": "k" },
        },
        "alice@media",
        userLayout,
      );
    const { desired, diagnostics } = quadlet("key");
    const dropIn = [...desired.files.values()].find(({ role }) => role === "credentials");
    const text = dropIn?.kind === "file" ? new TextDecoder().decode(dropIn.bytes) : "";
    expect(diagnostics).toEqual([]);
    expect(text).toContain(
      "/usr/bin/install -D -m 0444 %d/key /run/user/1000/gitops-agent/credentials/containers/",
    );
    expect(quadlet("key,uid=33").diagnostics[0]?.message).toContain("without root");
  });
});

it("the system's manager, and that of root's own account, may do all of it", () => {
  const root = { ...userLayout, specifiers: { ...userLayout.specifiers, U: "0" } };
  for (const layout of [systemLayout, root]) {
    for (const setting of ["User=root", "DynamicUser=yes", "CapabilityBoundingSet=CAP_CHOWN"])
      expect(findingsFor(service(setting), layout)).toEqual([]);
  }
});
