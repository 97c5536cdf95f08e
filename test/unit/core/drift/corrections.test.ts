/** What a correction does to a host, and what it leaves alone: real plan and apply on a host in memory. */
import { beforeEach, describe, expect, it, test } from "vitest";
import { isCorrectable } from "../../../../src/core/drift/corrections.ts";
import { driftKinds } from "../../../../src/core/drift/kinds.ts";
import type { DriftKind, DriftRecord } from "../../../../src/core/model/drift.ts";
import { killedAfter } from "../../../support/memory-host/effects.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, unitDirectory } from "../../../support/values/scenario.ts";
import { toldSince } from "../../../support/values/told-drift.ts";

test.each(Object.entries(driftKinds))(
  "%s is put back exactly if the table of kinds says how",
  (kind, { corrected }) => {
    expect(isCorrectable(kind as DriftKind)).toBe(corrected !== null);
  },
);

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const unit = `[Service]\nExecStart=/bin/x\n${enabled}`;
const text = {
  files: {
    "units/a.service": unit,
    "units/b.service": unit,
    "units/reader.service": `[Service]\nExecStart=/bin/x /etc/app.conf\n${enabled}`,
    "units/off.service": unit,
    "files/etc/app.conf": "git\n",
  },
  units: { "off.service": { state: "stopped" } },
} as const;
const fragment = `${unitDirectory}/a.service`;
const link = `${unitDirectory}/multi-user.target.wants/a.service`;
const dropIn = `${unitDirectory}/a.service.d/hand.conf`;

let host: SimulatedHost;

beforeEach(async () => {
  host = new SimulatedHost();
  await host.sync(text);
});

function drift(kind: DriftKind, unitName: string | null, path: string | null = null): DriftRecord {
  const key = [kind, unitName, path].filter((part) => part !== null).join(" ");
  return { key, kind, unit: unitName, path, message: key, ...toldSince("1970-01-01T00:00:00Z") };
}

/** Puts it back. @returns kinds of steps, each with what it was done to */
async function correct(...records: readonly DriftRecord[]): Promise<readonly string[]> {
  const { steps } = await host.correct(records);
  return steps.map(({ kind, unit: name, path }) => [kind, path ?? name].filter(Boolean).join(" "));
}

describe("putting back", () => {
  it("an edited unit file that no process has started with costs a daemon-reload", async () => {
    host.putFile(fragment, `${unit}# hand\n`);
    const running = host.invocationOf("a.service");
    expect(await correct(drift("modified", "a.service", fragment))).toEqual([
      `write ${fragment}`,
      "daemon-reload",
      "refresh-cgroup a.service",
    ]);
    expect(host.invocationOf("a.service")).toBe(running);
  });

  it("an edited unit file that the process has started with costs its restart, and that of nobody else", async () => {
    host.putFile(fragment, `${unit}[Service]\nNice=3\n`);
    host.daemonReload();
    host.run("a.service");
    const other = host.invocationOf("b.service");
    const { steps } = await host.correct([drift("modified", "a.service", fragment)]);
    expect(listJobs({ steps })).toEqual(["restart a.service"]);
    expect(steps.find(({ kind }) => kind === "restart")?.because).toMatch(/^drift: its files were put back/);
    expect(host.invocationOf("b.service")).toBe(other);
  });

  it("a mode changes neither content nor units, and needs no daemon-reload", async () => {
    const found = host.files.get(fragment);
    if (found?.kind !== "file") throw new Error("no file");
    host.files.set(fragment, { ...found, mode: 0o600 });
    expect(await correct(drift("mode", "a.service", fragment))).toEqual([`write ${fragment}`]);
    expect(host.files.get(fragment)).toEqual(found);
  });

  it("a link that enables the unit touches no process", async () => {
    const before = host.files.get(link);
    host.files.delete(link);
    expect(await correct(drift("disabled", "a.service", link))).toEqual([`write ${link}`, "daemon-reload"]);
    expect(host.files.get(link)).toEqual(before);
  });

  it("a drop-in of somebody else removes it", async () => {
    host.putFile(dropIn, "[Service]\nCPUWeight=10\n");
    host.daemonReload();
    const running = host.invocationOf("a.service");
    expect(await correct(drift("foreign-drop-in", "a.service", dropIn))).toEqual([
      `delete ${dropIn}`,
      "daemon-reload",
      "refresh-cgroup a.service",
    ]);
    expect(host.files.has(dropIn)).toBe(false);
    expect(host.invocationOf("a.service")).toBe(running);
  });

  it("a file below /usr is none of the agent's business", async () => {
    const vendor = "/usr/lib/systemd/system/a.service.d/vendor.conf";
    host.putFile(vendor, "[Service]\nNice=1\n");
    expect(await correct(drift("foreign-drop-in", "a.service", vendor))).toEqual([]);
    expect(host.files.has(vendor)).toBe(true);
  });

  it("a directory at a path is left to people", async () => {
    host.files.set(fragment, { kind: "other", what: "a directory" });
    expect(await correct(drift("replaced", "a.service", fragment))).toEqual([]);
  });

  it("a managed file restarts who started after it was edited, and who had read it before goes on", async () => {
    host.putFile("/etc/app.conf", "hand\n");
    const record = drift("modified", null, "/etc/app.conf");
    const later = { ...record, since: "2100-01-01T00:00:00Z" };
    expect(await correct(later)).toEqual(["write /etc/app.conf"]);
    host.putFile("/etc/app.conf", "hand\n");
    host.run("reader.service");
    expect(await correct(record)).toEqual(["write /etc/app.conf", "restart reader.service"]);
  });

  it("a unit that was stopped starts it, and starts no other one", async () => {
    host.stop("a.service");
    host.stop("b.service");
    expect(await correct(drift("stopped", "a.service"))).toEqual(["start a.service"]);
    expect(host.units.get("b.service")?.activeState).toBe("inactive");
  });

  it("a unit that failed starts it", async () => {
    host.fail("a.service");
    expect(await correct(drift("failed", "a.service"))).toEqual(["start a.service"]);
  });

  it("a unit that runs although git says stopped stops it", async () => {
    host.run("off.service");
    expect(await correct(drift("running", "off.service"))).toEqual(["stop off.service"]);
  });

  it("a mask restores the file, and starts the unit", async () => {
    const before = host.files.get(fragment);
    host.files.set(fragment, { kind: "link", linkTarget: "/dev/null" });
    host.stop("a.service");
    expect(await correct(drift("masked", "a.service", fragment))).toEqual([
      `write ${fragment}`,
      "daemon-reload",
      "start a.service",
    ]);
    expect(host.files.get(fragment)).toEqual(before);
  });

  it("what systemd has not loaded is a daemon-reload", async () => {
    expect(await correct(drift("needs-reload", "a.service"))).toEqual(["daemon-reload"]);
  });

  it("never interrupts a protected unit: its drop-in is git's again, and its restart is left to people", async () => {
    const extension = "units/ssh.service.d/own.conf";
    const path = `${unitDirectory}/ssh.service.d/own.conf`;
    host.run("ssh.service");
    await host.sync({ ...text, files: { ...text.files, [extension]: "[Service]\nNice=1\n" } });
    host.putFile(path, "[Service]\nNice=2\n");
    host.daemonReload();
    host.run("ssh.service");
    const running = host.invocationOf("ssh.service");
    expect(await correct(drift("modified", "ssh.service", path))).toContain(`write ${path}`);
    expect(host.invocationOf("ssh.service")).toBe(running);
  });

  it("leaves all other drift as it is", async () => {
    host.putFile(fragment, "hand\n");
    host.putFile("/etc/app.conf", "hand\n");
    host.stop("b.service");
    await correct(drift("modified", "a.service", fragment));
    expect(host.files.get("/etc/app.conf")).not.toEqual(host.files.get(fragment));
    const { steps } = await host.correct([]);
    expect(steps).toEqual([]);
    expect(host.inventory.units["b.service"]?.startedWith).toBe("same");
  });

  it("leaves a restart that is owed to another unit owed", async () => {
    const { units } = host.inventory;
    const owed = units["b.service"];
    if (owed === undefined) throw new Error("no unit");
    const before = {
      ...owed,
      startedWith: { settings: {}, credentials: {}, files: {} },
      pending: "on-change",
    };
    host.inventory = { ...host.inventory, units: { ...units, "b.service": before } };
    host.putFile(fragment, "hand\n");
    await correct(drift("modified", "a.service", fragment));
    expect(host.inventory.units["b.service"]).toEqual(before);
  });
});

describe("a correction that is killed anywhere", () => {
  it("is made up for by the next ones, and the host is as git has it", async () => {
    for (let effects = 0; effects < 12; effects += 1) {
      host = new SimulatedHost();
      await host.sync(text);
      const good = host.files.get(fragment);
      host.putFile(fragment, `${unit}[Service]\nNice=3\n`);
      host.daemonReload();
      host.run("a.service");
      host.putFile(dropIn, "[Service]\nNice=4\n");
      const records = [
        drift("modified", "a.service", fragment),
        drift("foreign-drop-in", "a.service", dropIn),
      ];
      await host.correct(records, killedAfter(effects));
      await host.sync(text);
      await host.correct(records);
      await host.sync(text);
      expect(host.files.get(fragment), `killed after ${effects}`).toEqual(good);
      expect(host.files.has(dropIn)).toBe(false);
      expect(host.inventory.reloadOwed).toBe(false);
      expect(host.inventory.units["a.service"]?.startedWith).toBe("same");
      const { steps } = await host.sync(text);
      expect(steps).toEqual([]);
    }
  });
});
