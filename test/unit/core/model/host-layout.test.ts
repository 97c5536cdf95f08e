/** What the agent assumes of the host stands in one value, and everything that plans for a host obeys it. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { detectDrift } from "../../../../src/core/drift/detect-drift.ts";
import type { HostLayout } from "../../../../src/core/model/host-layout.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import type { ObservedFile } from "../../../../src/core/model/observed.ts";
import { makeSystemLayout, systemPaths } from "../../../../src/core/model/system-layout.ts";
import { findVendorFile } from "../../../../src/core/plan/vendor-unit.ts";
import { listOldStamps } from "../../../../src/core/record/timer-stamps.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { build } from "../../../support/values/scenario.ts";

const sourceDirectory = resolve(import.meta.dirname, "../../../../src");

/** A place unlike the system's in everything that can be seen in a plan. */
const elsewhere: HostLayout = {
  ...makeSystemLayout({
    unitDirectory: "/home/alice/units",
    quadletDirectory: "/home/alice/quadlets",
    stateDirectory: "/home/alice/state",
    runtimeDirectory: "/memory/alice",
  }),
  owner: "alice",
  group: "staff",
  vendorDirectories: ["/vendor"],
  timerStampDirectory: "/home/alice/stamps",
  specifiers: { E: "/home/alice/config" },
  closedTrees: ["/home/alice/keys"],
  closedFiles: ["/home/alice/.profile"],
};

const unit = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=default.target\n";

describe("paths of the host", () => {
  it("are named by no other file, except in messages", () => {
    const files = readdirSync(sourceDirectory, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && !/^core\/model\/(?:system|user)-layout\.ts$/.test(name),
    );
    const named = files.filter((name) =>
      /["'`](?:\/(?:etc|run|usr\/lib|usr\/local\/lib|lib)\/(?:systemd|containers|credstore)\b|\/var\/lib\/(?:systemd|gitops-agent)|\/(?:run|etc)\/gitops-agent|root["'`])/.test(
        readFileSync(join(sourceDirectory, name), "utf8"),
      ),
    );
    expect(named).toEqual([]);
    expect(files.length).toBeGreaterThan(200);
  });

  it("follow the directories that agent.yaml changes", () => {
    const layout = makeSystemLayout({ ...systemPaths, unitDirectory: "/units", runtimeDirectory: "/memory" });
    expect(layout.dropInParents).toContain("/units");
    expect(layout.credentialsPath).toBe("/memory/credentials/current");
    expect(layout.closedTrees).toEqual(expect.arrayContaining(["/memory", "/var/lib/gitops-agent"]));
  });
});

describe("another layout than the system's", () => {
  const built = (files: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>> = {}) =>
    build({ files, secrets }, "h1", elsewhere);

  it("says where units, links, quadlets and their drop-ins go", () => {
    const { desired } = built(
      { "units/a.service": unit, "units/b.container": "[Container]\nImage=b\n" },
      { "secrets/a.service/key.age": "x", "secrets/b.container/key.age": "y" },
    );
    expect([...desired.files.keys()].sort()).toEqual([
      "/home/alice/quadlets/b.container",
      "/home/alice/quadlets/b.container.d/50-gitops-agent-credentials.conf",
      "/home/alice/units/a.service",
      "/home/alice/units/a.service.d/50-gitops-agent-credentials.conf",
      "/home/alice/units/default.target.wants/a.service",
    ]);
    const dropIn = desired.files.get("/home/alice/units/a.service.d/50-gitops-agent-credentials.conf");
    const text = dropIn?.kind === "file" ? new TextDecoder().decode(dropIn.bytes) : "";
    expect(text).toContain("LoadCredential=key:/memory/alice/credentials/current/a.service/key\n");
  });

  it("says which places are closed to files", () => {
    const { desired, diagnostics } = built({
      "files/home/alice/keys/id": "x",
      "files/home/alice/.profile": "x",
      "files/home/alice/units/a.service": unit,
      "files/etc/ssh/sshd_config": "x",
    });
    expect(diagnostics.map(({ code, file }) => [code, file])).toEqual([
      ["file-refused", "files/home/alice/keys/id"],
      ["file-refused", "files/home/alice/.profile"],
    ]);
    expect(desired.files.get("/home/alice/units/a.service")?.role).toBe("fragment");
  });

  it("says what a specifier in a mention stands for", () => {
    const { desired } = built({
      "units/a.service": `${unit}[Service]\nEnvironmentFile=%E/app/env\nConfigurationDirectory=other\n`,
      "files/home/alice/config/app/env": "A=1",
      "files/home/alice/config/other/settings": "b",
    });
    expect(Object.keys(desired.units.get("a.service")?.definition.files ?? {})).toEqual([
      "/home/alice/config/app/env",
      "/home/alice/config/other/settings",
    ]);
  });

  it("says who owns a file for which gitops.yaml names nobody", () => {
    const { desired } = built({ "files/home/alice/note": "x" });
    const host = new SimulatedHost();
    const putAs = (owner: string) => {
      host.putFile("/home/alice/note", "x");
      const found = host.files.get("/home/alice/note");
      if (found?.kind === "file") host.files.set("/home/alice/note", { ...found, owner, group: "staff" });
    };
    const [file] = desired.files.values();
    if (file?.kind !== "file") throw new Error("the file was not built");
    const record = { kind: "file", role: "file", origin: file.origin, unit: null, mode: 0o644 } as const;
    const applied = { ...emptyInventory, files: { [file.path]: { ...record, content: file.digest } } };
    const driftAs = (owner: string) => {
      putAs(owner);
      return detectDrift(applied, { files: host.files, foreignDropIns: new Map() }, elsewhere);
    };
    expect(driftAs("alice")).toEqual([]);
    expect(driftAs("root").map(({ message }) => message)).toEqual([
      "/home/alice/note is 0644 root:staff; git wants 0644 alice:staff",
    ]);
  });

  it("says where the distribution has its units, and systemd its timers' stamps", () => {
    const files = new Map<string, ObservedFile>(
      ["/vendor/a.service", "/usr/lib/systemd/system/b.service"].map((path) => [
        path,
        { kind: "file", digest: "d", mode: 0o644, owner: "root", group: "root" },
      ]),
    );
    expect(["a.service", "b.service"].map((name) => findVendorFile(name, files, elsewhere))).toEqual([
      "/vendor/a.service",
      null,
    ]);
    const inventory = { ...emptyInventory, removedTimers: ["a.timer"] };
    expect(listOldStamps(inventory, elsewhere)).toEqual(["/home/alice/stamps/stamp-a.timer"]);
  });
});
