/**
 * A rollback leaves the host as it was, not only as the revision before says: hand-made units and files that the bad revision
 * took over, and hand edits that it wrote over, are back with bytes, mode, owner, enablement, and their processes.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { FaultHost } from "../support/faults/fault-host.ts";
import type { HostSnapshot } from "../support/faults/fault-snapshot.ts";
import type { FixtureChanges } from "../support/git/git-fixture.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import type { Machine } from "../support/machine/machine.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

/** Running when the bad revision comes, and not to be interrupted by it or by the way back. */
const untouched = ["mine.service", "worker@one.service", "worker@two.service", "edited.service"];
const units = [...untouched, "other.service", "crashing.service", "idle.service", "vendor.service"];

const mine = sleeper("Environment=V=mine\n");
const worker = sleeper("Environment=V=%i\n");
const edited = sleeper("Environment=V=good\n");

const good: FixtureChanges = {
  "gitops.yaml": "defaults: { health: { settle: 0s, timeout: 30s } }\n",
  "units/edited.service": edited,
  "units/bad.service": sleeper(),
  "files/etc/faults/edited": "good\n",
  "files/etc/faults/deleted": "good\n",
  "files/etc/faults/mode": "good\n",
  "files/etc/faults/untouched": "good\n",
};

const badConfig = `defaults: { health: { settle: 0s, timeout: 30s } }
units:
  other.service: { adopt: true }
  crashing.service: { adopt: true }
  vendor.service: { adopt: true }
  worker@.service: { instances: [one, two, three] }
files:
  /etc/faults/secret: { adopt: true, mode: "0644" }
  /etc/faults/link: { adopt: true }
  /etc/faults/mode: { mode: "0755" }
`;

const bad: FixtureChanges = {
  "gitops.yaml": badConfig,
  "units/bad.service": `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/false\n${enabled}`,
  "units/mine.service": mine,
  "units/other.service": sleeper("Environment=V=bad\n"),
  "units/crashing.service": `[Service]\nExecStart=/bin/false\n${enabled}`,
  "units/idle.service": sleeper("Environment=V=idle\n"),
  "units/vendor.service": sleeper("Environment=V=bad\n"),
  "units/worker@.service": worker,
  "units/edited.service": `# the next version\n${edited}`,
  "files/etc/faults/identical": "identical\n",
  "files/etc/faults/secret": "bad\n",
  "files/etc/faults/link": "bad\n",
  "files/etc/faults/edited": null,
  "files/etc/faults/deleted": "bad\n",
  "files/etc/faults/mode": "bad\n",
};

/** What people had made on the host, and what they did to what git has. */
async function arrangeByHand(machine: Machine): Promise<void> {
  await machine.writeFile("/etc/systemd/system/mine.service", mine);
  await machine.writeFile("/etc/systemd/system/worker@.service", worker);
  await machine.writeFile("/etc/systemd/system/idle.service", sleeper("Environment=V=idle\n"));
  await machine.writeFile("/usr/lib/systemd/system/vendor.service", sleeper("Environment=V=vendor\n"));
  await machine.writeFile("/opt/crashing.service", sleeper("Environment=V=linked\n"));
  const other = "[Service]\nExecStart=/bin/sleep infinity\nEnvironment=V=other\n";
  await machine.writeFile("/etc/systemd/system/other.service", other, 0o640);
  await machine.shell(`
systemctl daemon-reload
systemctl link /opt/crashing.service
systemctl enable mine.service worker@one.service vendor.service
systemctl start mine.service other.service crashing.service worker@one.service worker@two.service vendor.service
echo identical >/etc/faults/identical
chown daemon:adm /etc/faults/identical
chmod 600 /etc/faults/identical
echo secret >/etc/faults/secret
chown daemon:adm /etc/faults/secret
chmod 460 /etc/faults/secret
ln -s untouched /etc/faults/link
echo "by hand" >/etc/faults/edited
rm /etc/faults/deleted
chmod 600 /etc/faults/mode
echo "# by hand" >>/etc/systemd/system/edited.service
systemctl daemon-reload
`);
}

describeOnEachRoot("a host with hand-made units, files and edits", (boot) => {
  let faults: FaultHost;
  let before: HostSnapshot;
  let badCommits = 0;
  let effects: readonly string[] = [];

  beforeAll(async () => {
    faults = await FaultHost.boot(boot, units);
    const secret = await faults.host.encrypt("good");
    await faults.host.push({ ...good, "secrets/edited.service/token.age": secret });
    await faults.resume();
    await arrangeByHand(faults.machine);
    before = await faults.snapshot();
  });

  async function pushBad(): Promise<void> {
    badCommits += 1;
    await faults.host.push({ ...bad, "files/etc/faults/number": `${badCommits}\n` });
  }

  async function expectAsBefore(where: string): Promise<void> {
    const after = await faults.snapshot();
    expect.soft(after.files, where).toEqual(before.files);
    expect.soft(after.units, where).toEqual(before.units);
    expect.soft(after.versions, where).toEqual(before.versions);
    for (const unit of untouched) {
      expect.soft(after.invocations.get(unit), `${where}: ${unit}`).toBe(before.invocations.get(unit));
    }
    await faults.expectAtRest(after, where);
    expect.soft((await faults.host.status()).sync.rejection?.code, where).toBe("unhealthy");
  }

  it("is as before after a bad revision that takes them over, some with adopt: true", async () => {
    await pushBad();
    const run = await faults.runToEnd();
    effects = run.effects;
    expect(run.outcome).toBe("failed");
    await expectAsBefore("undisturbed");
    expect((await faults.machine.run(["systemctl", "is-active", "worker@three.service"])).exitCode).not.toBe(
      0,
    );
  });

  it("still has the drift that it had, and says what it put back", async () => {
    const { drift } = await faults.host.status();
    expect(drift.map(({ key }) => key)).toEqual([
      "missing /etc/faults/deleted",
      "mode /etc/faults/mode",
      "modified /etc/faults/edited",
      "modified /etc/systemd/system/edited.service",
    ]);
    await pushBad();
    const { exitCode, stdout } = await faults.host.run("sync");
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/\/etc\/faults\/secret.*it was not ours before the revision that is undone/);
    expect(stdout).toMatch(/other\.service.*is as it was before git defined other\.service/);
  });

  describe("with an agent that is killed on the way", () => {
    it("is as before all the same", { timeout: 1_800_000 }, async () => {
      const stride = process.env["CAMPAIGN"] === "1" ? 1 : 8;
      expect(effects.length).toBeGreaterThan(20);
      for (let at = 1; at <= effects.length; at += stride) {
        for (const moment of ["after", "within"] as const) {
          // The next run finds the record as it would write it, and removes the half one when it next writes.
          if (moment === "within" && effects[at - 1] === "save sync.json") continue;
          await pushBad();
          const where = await faults.runUntilKilled({ at, moment });
          await faults.resume(3);
          await expectAsBefore(where ?? "not killed");
        }
      }
    });
  });
});
