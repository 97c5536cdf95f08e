/** What a refused name is told to do must be possible. */
import { expect, it } from "vitest";
import {
  createProtection,
  hintForProtected,
  listProtectedClaims,
} from "../../../../src/core/plan/protection.ts";
import { build } from "../../../support/values/scenario.ts";

it.each([
  ["ssh.service", [], ["ssh.service"]],
  ["mine.service", ["mine.service"], []],
])("%s is free once the hint is followed", (unit, protect, allow) => {
  expect(createProtection(protect, [])(unit)).toBe(true);
  expect(hintForProtected(unit)).toContain(allow.length > 0 ? "allow-protected" : "out of protect");
  expect(createProtection([], allow)(unit)).toBe(false);
});

it("the agent's own units are never promised", () => {
  expect(createProtection([], ["gitops-agent*"])("gitops-agent.service")).toBe(true);
  expect(hintForProtected("gitops-agent.service")).not.toContain("allow-protected");
});

const isProtected = createProtection([], []);

it.each([
  "ssh.service",
  "sshd@10.0.0.1:22-10.0.0.2:4711.service",
  "dbus-broker.service",
  "systemd-networkd.service",
  "systemd-logind.service",
  "getty@.service",
  "getty@tty1.service",
  "user@1000.service",
  "user-1000.slice",
  "network-online.target",
])("%s keeps a host reachable", (unit) => {
  expect(isProtected(unit)).toBe(true);
});

it.each([
  "ssh-generate-keys.service",
  "sshd-keygen.target",
  "dbus-org.bluez.service",
  "dbus-org.freedesktop.network1.service",
  "systemd-timesyncd.service",
  "systemd-networkd-wait-online.service",
  "systemd-nspawn@web.service",
  "getty-autologin.service",
  "network-mounts.target",
  "user-jobs.slice",
])("%s only begins like a unit that does", (unit) => {
  expect(isProtected(unit)).toBe(false);
});

it.each([
  ["sshd.service", "/usr/lib/systemd/system/ssh.service", []],
  ["default.target", "/lib/systemd/system/multi-user.target", []],
  ["dbus-org.bluez.service", "/usr/lib/systemd/system/bluetooth.service", []],
  ["sshd.service", "/usr/lib/systemd/system/dbus.service", ["sshd.service"]],
  ["default.target", "/usr/lib/systemd/system/rescue.target", ["default.target"]],
])("a link from %s to %s takes %j away", (name, target, claimed) => {
  const { desired } = build({ files: {}, links: { [`units/${name}`]: target } });
  expect(listProtectedClaims(desired, isProtected).map((claim) => claim.name)).toEqual(claimed);
});
