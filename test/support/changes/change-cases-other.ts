/** Rows for changes that are inert, of enablement, of dependencies, reloaded, or worth a restart. */

import type { FixtureChanges } from "../git/git-fixture.ts";
import { enabled } from "../texts/unit-texts.ts";
import { type ChangeCase, type ChangeGroup, changing, service } from "./change-cases.ts";

const links = "/etc/systemd/system";

const inert: readonly ChangeCase[] = [
  {
    title: "Description= is shown",
    ...changing("inert-description.service", { unit: ["Description=old", "Description=new words"] }),
    effect: '[ "$(show Description)" = "new words" ]',
  },
  {
    title: "Documentation= is shown",
    ...changing("inert-documentation.service", { unit: ["", "Documentation=https://example.org/x"] }),
    effect: "[ $(show Documentation) = https://example.org/x ]",
  },
  {
    title: "keys and sections that begin with X- are nobody's",
    unit: "inert-extension.service",
    before: service("X-Owner=alice"),
    after: `${service("X-Owner=bob")}[X-Ours]\nExecStart=/bin/false\n`,
  },
  {
    title: "comments, blank lines and the order of different keys are nothing",
    ...changing("inert-layout.service", {
      service: ["Nice=1\nUMask=0077", "# first the mask\n\nUMask=0077\n; then this\nNice=1"],
    }),
  },
];

const enablement: readonly ChangeCase[] = [
  {
    title: "WantedBy= of another target moves the link",
    unit: "enable-moved.service",
    before: service(),
    after: service().replace("multi-user", "graphical"),
    effect: `test -L ${links}/graphical.target.wants/$UNIT && test ! -e ${links}/multi-user.target.wants/$UNIT`,
  },
  {
    title: "Alias= makes a link, and the unit answers to it",
    unit: "enable-alias.service",
    before: service(),
    after: `${service()}Alias=enable-other.service\n`,
    effect: "[ $(systemctl show -P MainPID enable-other.service) = $PID ]",
  },
  {
    title: "RequiredBy= adds a link of its own",
    unit: "enable-required.service",
    before: service(),
    after: `${service()}RequiredBy=graphical.target\n`,
    effect: `test -L ${links}/graphical.target.requires/$UNIT && test -L ${links}/multi-user.target.wants/$UNIT`,
  },
  {
    title: "an [Install] section that goes away takes the links with it",
    unit: "enable-gone.service",
    before: service(),
    after: service().replace(enabled, ""),
    effect: `test ! -e ${links}/multi-user.target.wants/$UNIT && test ! -L ${links}/multi-user.target.wants/$UNIT`,
  },
];

function pulling(key: string): ChangeCase {
  const name = key.toLowerCase();
  return {
    title: `${key}= starts what it gained`,
    ...changing(`pull-${name}.service`, { unit: ["", `${key}=pulled-by-${name}.service`] }),
    others: { [`units/pulled-by-${name}.service`]: "[Service]\nExecStart=/bin/sleep infinity\n" },
    effect: `[ $(systemctl show -P ActiveState pulled-by-${name}.service) = active ]`,
  };
}

const dependency: readonly ChangeCase[] = [
  pulling("Wants"),
  pulling("Requires"),
  pulling("Upholds"),
  {
    title: "RequiresMountsFor= mounts what it gained",
    ...changing("pull-mount.service", { unit: ["", "RequiresMountsFor=/mnt/pulled"] }),
    others: { "units/mnt-pulled.mount": "[Mount]\nWhat=tmpfs\nWhere=/mnt/pulled\nType=tmpfs\n" },
    effect: "mountpoint -q /mnt/pulled",
  },
  {
    title: "Wants= that only lost a unit leaves that one running",
    ...changing("pull-lost.service", {
      unit: ["Wants=lost-a.service lost-b.service", "Wants=lost-a.service"],
    }),
    others: {
      "units/lost-a.service": "[Service]\nExecStart=/bin/sleep infinity\n",
      "units/lost-b.service": "[Service]\nExecStart=/bin/sleep infinity\n",
    },
    effect: "[ $(systemctl show -P ActiveState lost-b.service) = active ]",
  },
];

/** on-change: reload, as gitops.yaml has it for `reload-*.service`. */
function reloading(name: string, before: string, after: string): ChangeCase {
  const reload = "ExecReload=/bin/touch /run/mark-%n";
  return {
    title: `${name} calls ExecReload=`,
    ...changing(`reload-${name.toLowerCase().slice(0, -1)}.service`, {
      service: [`${reload}\n${before}`, `${reload}\n${after}`],
    }),
    effect: "test -e $MARK",
  };
}

const reload: readonly ChangeCase[] = [
  reloading("Environment=", "Environment=A=1", "Environment=A=2"),
  reloading("LimitNOFILE=", "LimitNOFILE=1000", "LimitNOFILE=1001"),
  reloading("ReadOnlyPaths=", "", "ReadOnlyPaths=/opt"),
  {
    title: "Options= of a mount remounts it",
    unit: "mnt-options.mount",
    before:
      "[Mount]\nWhat=tmpfs\nWhere=/mnt/options\nType=tmpfs\nOptions=size=1m\n[Install]\nWantedBy=multi-user.target\n",
    after:
      "[Mount]\nWhat=tmpfs\nWhere=/mnt/options\nType=tmpfs\nOptions=size=2m\n[Install]\nWantedBy=multi-user.target\n",
    effect: "findmnt --noheadings --output=OPTIONS /mnt/options | grep -q size=2048k",
  },
];

const environment = "tr '\\0' '\\n' </proc/$PID/environ";

/** A restart for a change in [Service] whose effect one command shows. */
function restarting(name: string, before: string, after: string, effect: string): ChangeCase {
  const unit = `restart-${name.toLowerCase().replace(/[^a-z]/g, "")}.service`;
  return {
    title: `${name} ${after === "" ? "goes away" : "changes"}`,
    ...changing(unit, { service: [before, after] }),
    effect,
  };
}

const inTheProcess: readonly ChangeCase[] = [
  restarting("Environment=", "Environment=A=1", "Environment=A=2", `${environment} | grep -qx A=2`),
  restarting("EnvironmentFile=", "", "EnvironmentFile=-/etc/os-release", `${environment} | grep -q ^ID=`),
  restarting("DynamicUser=", "", "DynamicUser=yes", "[ $(stat -c %u /proc/$PID) -gt 60000 ]"),
  restarting("User=", "User=nobody", "", "[ $(stat -c %U /proc/$PID) = root ]"),
  restarting("PrivateTmp=", "", "PrivateTmp=yes", "grep -q ' /tmp ' /proc/$PID/mountinfo"),
  restarting("LimitNOFILE=", "", "LimitNOFILE=1234", "grep -q '^Max open files *1234 ' /proc/$PID/limits"),
  restarting("Nice=", "", "Nice=7", "[ $(cut -d' ' -f19 /proc/$PID/stat) = 7 ]"),
  restarting("LoadCredential=", "", "LoadCredential=name:/etc/passwd", "test -s /run/credentials/$UNIT/name"),
  restarting(
    "WatchdogSec=",
    "",
    "WatchdogSec=1h\nNotifyAccess=all",
    `${environment} | grep -q ^WATCHDOG_USEC=`,
  ),
  restarting("Slice=", "", "Slice=moved.slice", "[ $(show ControlGroup) = /moved.slice/$UNIT ]"),
  restarting(
    "Delegate=",
    "User=nobody",
    "User=nobody\nDelegate=yes",
    "[ $(stat -c %U /sys/fs/cgroup/$(show ControlGroup)) = nobody ]",
  ),
  restarting("DevicePolicy=", "DevicePolicy=closed", "", "[ $(show DevicePolicy) = auto ]"),
  restarting("IPAddressDeny=", "IPAddressDeny=192.0.2.0/24", "", '[ -z "$(show IPAddressDeny)" ]'),
  restarting("RuntimeMaxSec=", "", "RuntimeMaxSec=1d", "[ $(show ActiveState) = active ]"),
  restarting("an unknown key", "Frobnicate=1", "Frobnicate=2", "[ $(show ActiveState) = active ]"),
];

const otherUnits: FixtureChanges = {
  "units/peer.service": service(),
  "units/foe.service": "[Service]\nExecStart=/bin/sleep infinity\n",
};

const inRelations: readonly ChangeCase[] = [
  {
    title: "BindsTo= starts what it gained",
    ...changing("restart-bindsto.service", { unit: ["", "BindsTo=bound.service\nAfter=bound.service"] }),
    others: { "units/bound.service": "[Service]\nExecStart=/bin/sleep infinity\n" },
    effect: "[ $(systemctl show -P ActiveState bound.service) = active ]",
  },
  {
    title: "PartOf= changes",
    ...changing("restart-partof.service", { unit: ["", "PartOf=peer.service"] }),
    others: otherUnits,
  },
  {
    title: "Conflicts= changes",
    ...changing("restart-conflicts.service", { unit: ["", "Conflicts=foe.service"] }),
    others: otherUnits,
  },
  {
    title: "DefaultDependencies= changes",
    ...changing("restart-default.service", { unit: ["", "DefaultDependencies=no"] }),
  },
];

export const otherGroups: readonly ChangeGroup[] = [
  { title: "that is inert keeps it running", fate: "kept", cases: inert },
  { title: "of its enablement keeps it running", fate: "kept", cases: enablement },
  { title: "of its dependencies keeps it running", fate: "kept", cases: dependency },
  { title: "that is to be reloaded keeps it running", fate: "kept", cases: reload },
  { title: "that a process gets at its start restarts it", fate: "restarted", cases: inTheProcess },
  { title: "of its relations restarts it", fate: "restarted", cases: inRelations },
];
