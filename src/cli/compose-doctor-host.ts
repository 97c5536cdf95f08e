/** The checks of `doctor` that need no agent.yaml: what this machine has. Changes nothing. */
import { type Checkup, judgeVersion, ok, unknown, warning } from "../core/health/checkup.ts";
import { agentUnit } from "../core/model/agent-units.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import { type ManagerScope, makeLayout } from "../core/model/manager-scope.ts";
import { loadAccounts } from "../host/accounts.ts";
import { askProgram, readKernelNumber } from "../host/machine-facts.ts";
import { findLingerRisk } from "./compose-user.ts";

const fewWatches = 1024;

/** Checks that need no configuration. */
export function listHostChecks(scope: ManagerScope): readonly (() => Promise<readonly Checkup[]>)[] {
  const layout = makeLayout(scope, scope.paths);
  return [checkPrograms, checkClock, () => checkGroup(layout), () => checkLingering(layout), checkWatches];
}

async function checkPrograms(): Promise<readonly Checkup[]> {
  return [
    judgeVersion("systemd", await askProgram("systemctl", ["--version"])),
    judgeVersion("node", process.version),
    judgeVersion("git", await askProgram("git", ["--version"])),
  ];
}

async function checkClock(): Promise<readonly Checkup[]> {
  const answer = await askProgram("timedatectl", ["show", "--property=NTPSynchronized", "--value"]);
  if (answer === "yes") return [ok("clock", "synchronised")];
  if (answer !== "no") return [unknown("clock", "systemd does not tell whether the clock is synchronised")];
  const hint = "timedatectl set-ntp true; a wrong clock breaks TLS, the validity of signatures, and windows";
  return [warning("clock", "the clock is not synchronised", hint)];
}

async function checkGroup({ readersGroup }: HostLayout): Promise<readonly Checkup[]> {
  if (readersGroup === null) return [];
  const id = await (await loadAccounts()).idOf("group", readersGroup);
  if (id === null) {
    const hint = `systemd-sysusers, or groupadd --system ${readersGroup}; then systemctl restart ${agentUnit}`;
    return [warning("group", `there is no group ${readersGroup}, so only root may ask for the status`, hint)];
  }
  const members = (await askProgram("getent", ["group", readersGroup]))?.split(":").at(3) ?? "";
  const who = members === "" ? "has no members; root may ask" : `may read: ${members.replaceAll(",", ", ")}`;
  return [ok("group", `${readersGroup} ${who}`)];
}

async function checkLingering(layout: HostLayout): Promise<readonly Checkup[]> {
  if (layout.lingerFile === null) return [];
  const risk = await findLingerRisk(layout);
  return [
    risk === null
      ? ok("lingering", "services run without a login")
      : warning("lingering", risk.message, risk.hint ?? ""),
  ];
}

async function checkWatches(): Promise<readonly Checkup[]> {
  const file = "/proc/sys/fs/inotify/max_user_watches";
  const limit = await readKernelNumber(file);
  if (limit === null) return [unknown("inotify", `${file} cannot be read`)];
  if (limit >= fewWatches) return [ok("inotify", `${limit} watches`)];
  const hint = "sysctl fs.inotify.max_user_watches=8192; without watches drift is found only at each poll";
  return [warning("inotify", `only ${limit} watches are allowed`, hint)];
}
