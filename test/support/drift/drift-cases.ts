/**
 * The kinds of drift, each made on a host by ordinary commands, with the commands that undo it. `baseRepository` is what the host
 * has applied before.
 */
import type { DriftKind } from "../../../src/core/model/drift.ts";
import { sleeper } from "../texts/unit-texts.ts";

export interface DriftCase {
  readonly what: string;
  readonly kind: DriftKind;
  /** What `drift correct` is asked to correct: a unit or a path, which the record has, too. */
  readonly subject: string;
  readonly act: string;
  readonly undo: string;
  /** False for what only people can correct. */
  readonly isCorrectable?: false;
  /** Prints `yes` when the host is as it was; run after a correction. */
  readonly proof?: string;
}

const etc = "/etc/systemd/system";
const isActive = (unit: string) => `systemctl is-active --quiet ${unit} && echo yes`;
const nice5 = "printf '[Service]\\nNice=5\\n'";

/** Ends when the file exists, so that a test can make it fail. */
const fragile = (file: string, settings: string) =>
  `[Service]\nExecStart=/bin/sh -c 'while [ ! -e ${file} ]; do sleep 0.1; done; exit 3'\n${settings}[Install]\nWantedBy=multi-user.target\n`;

const watched = `[Service]
Type=notify
NotifyAccess=all
WatchdogSec=3
ExecStart=/bin/sh -c 'systemd-notify --ready; while [ ! -e /run/hang ]; do systemd-notify WATCHDOG=1; sleep 0.5; done; exec sleep infinity'
[Install]
WantedBy=multi-user.target
`;

/** What a person would type: the text goes below the line that systemctl puts there for it. */
export const editorProgram =
  "#!/bin/sh\nfor file; do :; done\nsed -i '/^### Anything between/a [Service]\\nNice=5' \"$file\"\n";

export const baseRepository = {
  "gitops.yaml": "defaults: { health: { settle: 1s } }\nunits: { off.service: { state: stopped } }\n",
  "units/web.service": sleeper(),
  "units/web-app.service": sleeper(),
  "units/off.service": sleeper(),
  "units/idle.service": "[Service]\nExecStart=/bin/sleep infinity\n",
  "units/gone.service": { symlink: "/dev/null" },
  "units/again.service": fragile("/run/again", "Restart=always\nRestartSec=100ms\n"),
  "units/loop.service": fragile(
    "/run/loop",
    "Restart=always\nRestartSec=300ms\n[Unit]\nStartLimitIntervalSec=0\n",
  ),
  "units/limit.service": fragile(
    "/run/limit",
    "Restart=always\nRestartSec=50ms\n[Unit]\nStartLimitBurst=3\n",
  ),
  "units/watched.service": watched,
  "units/talk.socket": "[Socket]\nListenStream=/run/talk.sock\n[Install]\nWantedBy=sockets.target\n",
  "units/talk.service": "[Service]\nExecStart=/bin/sleep infinity\n",
  "units/night.timer": "[Timer]\nOnCalendar=2099-01-01\n[Install]\nWantedBy=timers.target\n",
  "units/night.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
  "files/etc/drift.conf": "x\n",
} as const;

const files: readonly DriftCase[] = [
  {
    what: "a unit file is edited",
    kind: "modified",
    subject: "web.service",
    act: `sed -i s/infinity/9999/ ${etc}/web.service`,
    undo: `sed -i s/9999/infinity/ ${etc}/web.service; systemctl daemon-reload`,
    proof: `grep -q infinity ${etc}/web.service && echo yes`,
  },
  {
    what: "a managed file is deleted",
    kind: "missing",
    subject: "/etc/drift.conf",
    act: "mv /etc/drift.conf /root/drift.conf",
    undo: "mv /root/drift.conf /etc/drift.conf",
    proof: "grep -q x /etc/drift.conf && echo yes",
  },
  {
    what: "a managed file gets another mode",
    kind: "mode",
    subject: "/etc/drift.conf",
    act: "chmod 600 /etc/drift.conf",
    undo: "chmod 644 /etc/drift.conf",
    proof: "[ $(stat -c %a /etc/drift.conf) = 644 ] && echo yes",
  },
  {
    what: "a managed file gets another owner",
    kind: "mode",
    subject: "/etc/drift.conf",
    act: "chown daemon /etc/drift.conf",
    undo: "chown root /etc/drift.conf",
    proof: "[ $(stat -c %U /etc/drift.conf) = root ] && echo yes",
  },
  {
    what: "a link replaces a managed file",
    kind: "replaced",
    subject: "/etc/drift.conf",
    act: "mv /etc/drift.conf /root/drift.conf; ln -s /root/drift.conf /etc/drift.conf",
    undo: "rm /etc/drift.conf; mv /root/drift.conf /etc/drift.conf",
    proof: "[ ! -L /etc/drift.conf ] && echo yes",
  },
];

const dropIns: readonly DriftCase[] = [
  {
    what: "systemctl edit",
    act: "script -qec 'SYSTEMD_EDITOR=/root/editor systemctl edit web.service' /dev/null",
    undo: `rm -r ${etc}/web.service.d; systemctl daemon-reload`,
  },
  {
    what: "systemctl edit --runtime",
    act: "script -qec 'SYSTEMD_EDITOR=/root/editor systemctl edit --runtime web.service' /dev/null",
    undo: "rm -r /run/systemd/system/web.service.d; systemctl daemon-reload",
  },
  {
    what: "systemctl set-property",
    act: "systemctl set-property web.service TasksMax=77",
    undo: `rm -r ${etc}.control/web.service.d; systemctl daemon-reload`,
  },
  {
    what: "systemctl set-property --runtime",
    act: "systemctl set-property --runtime web.service TasksMax=78",
    undo: "rm -r /run/systemd/system.control/web.service.d; systemctl daemon-reload",
  },
  {
    what: "a package that brings a drop-in",
    act: `mkdir -p /usr/lib/systemd/system/web.service.d; ${nice5} >/usr/lib/systemd/system/web.service.d/90-pkg.conf; systemctl daemon-reload`,
    undo: "rm -r /usr/lib/systemd/system/web.service.d; systemctl daemon-reload",
    isCorrectable: false as const,
  },
].map((one): DriftCase => ({ kind: "foreign-drop-in", subject: "web.service", ...one }));

const wideDropIns: readonly DriftCase[] = [
  {
    what: "a drop-in for all units of a prefix",
    kind: "foreign-drop-in",
    subject: `${etc}/web-.service.d/10-all.conf`,
    act: `mkdir ${etc}/web-.service.d; ${nice5} >${etc}/web-.service.d/10-all.conf; systemctl daemon-reload`,
    undo: `rm -r ${etc}/web-.service.d; systemctl daemon-reload`,
  },
  {
    what: "a drop-in for all services",
    kind: "foreign-drop-in",
    subject: `${etc}/service.d/10-all.conf`,
    act: `mkdir ${etc}/service.d; ${nice5} >${etc}/service.d/10-all.conf; systemctl daemon-reload`,
    undo: `rm -r ${etc}/service.d; systemctl daemon-reload`,
  },
];

const enablement: readonly DriftCase[] = [
  {
    what: "systemctl disable",
    kind: "disabled",
    subject: "web.service",
    act: "systemctl disable web.service",
    undo: "systemctl enable web.service",
    proof: "systemctl is-enabled --quiet web.service && echo yes",
  },
  {
    what: "systemctl add-wants",
    kind: "enabled",
    subject: "idle.service",
    act: "systemctl add-wants multi-user.target idle.service",
    undo: `rm ${etc}/multi-user.target.wants/idle.service; systemctl daemon-reload`,
    proof: `[ ! -e ${etc}/multi-user.target.wants/idle.service ] && echo yes`,
  },
  {
    what: "systemctl mask --runtime",
    kind: "masked",
    subject: "web.service",
    act: "ln -s /dev/null /run/systemd/system/web.service; systemctl daemon-reload",
    undo: "rm /run/systemd/system/web.service; systemctl daemon-reload",
    proof: "[ ! -L /run/systemd/system/web.service ] && echo yes",
  },
  {
    what: "systemctl unmask",
    kind: "unmasked",
    subject: "gone.service",
    act: "systemctl unmask gone.service",
    undo: "systemctl mask gone.service",
    proof: "[ $(systemctl is-enabled gone.service) = masked ] && echo yes",
  },
];

const manager: readonly DriftCase[] = [
  {
    what: "a file whose time is newer than what systemd has loaded",
    kind: "needs-reload",
    subject: "web.service",
    act: `touch ${etc}/web.service`,
    undo: "systemctl daemon-reload",
    proof: "[ $(systemctl show --property=NeedDaemonReload --value web.service) = no ] && echo yes",
  },
  {
    what: "a file of a place that systemd prefers",
    kind: "shadowed",
    subject: "web.service",
    act: `mkdir -p ${etc}.control; cp ${etc}/web.service ${etc}.control/web.service; systemctl daemon-reload`,
    undo: `rm ${etc}.control/web.service; systemctl daemon-reload`,
    proof: `[ $(systemctl show --property=FragmentPath --value web.service) = ${etc}/web.service ] && echo yes`,
  },
];

const runtime: readonly DriftCase[] = [
  {
    what: "systemctl stop",
    kind: "stopped",
    subject: "web.service",
    act: "systemctl stop web.service",
    undo: "systemctl start web.service",
    proof: isActive("web.service"),
  },
  {
    what: "systemctl start of a unit that git stops",
    kind: "running",
    subject: "off.service",
    act: "systemctl start off.service",
    undo: "systemctl stop off.service",
    proof: "[ $(systemctl is-active off.service) = inactive ] && echo yes",
  },
  {
    what: "a crash",
    kind: "failed",
    subject: "web.service",
    act: "systemctl kill --signal=SEGV web.service",
    undo: "systemctl start web.service",
    proof: isActive("web.service"),
  },
  {
    what: "a program that fails at every start, until systemd gives up",
    kind: "start-limit",
    subject: "limit.service",
    act: "touch /run/limit; until [ $(systemctl is-active limit.service) = failed ]; do sleep 0.1; done; rm /run/limit",
    undo: "systemctl reset-failed limit.service; systemctl start limit.service",
    proof: isActive("limit.service"),
  },
  {
    what: "a program that hangs",
    kind: "watchdog",
    subject: "watched.service",
    act: "touch /run/hang; until [ $(systemctl is-active watched.service) = failed ]; do sleep 0.1; done; rm /run/hang",
    undo: "systemctl reset-failed watched.service; systemctl start watched.service",
    proof: isActive("watched.service"),
  },
  {
    what: "a program that fails again and again",
    kind: "looping",
    subject: "loop.service",
    act: "touch /run/loop",
    // A restart resets systemd's counter only of a service that runs, not of one that waits for its next restart.
    undo: "rm /run/loop; until systemctl is-active --quiet loop.service; do sleep 0.1; done; sleep 0.5; systemctl restart loop.service",
    isCorrectable: false,
  },
  {
    what: "a program that crashed once and was restarted by systemd",
    kind: "crashed",
    subject: "again.service",
    act: "systemctl kill --signal=KILL again.service",
    undo: "systemctl restart again.service",
    isCorrectable: false,
  },
  {
    what: "systemctl stop of a socket",
    kind: "not-listening",
    subject: "talk.socket",
    act: "systemctl stop talk.socket",
    undo: "systemctl start talk.socket",
    proof: isActive("talk.socket"),
  },
  {
    what: "systemctl stop of a timer",
    kind: "timer-inactive",
    subject: "night.timer",
    act: "systemctl stop night.timer",
    undo: "systemctl start night.timer",
    proof: isActive("night.timer"),
  },
  {
    // The agent has to see the process while the file is still edited: afterwards nothing on the host tells of it.
    what: "a restart with an edit that was taken back",
    kind: "old-definition",
    subject: "web.service",
    act: `sed -i s/infinity/9999/ ${etc}/web.service; systemctl daemon-reload; systemctl restart web.service; until grep -q $(systemctl show --property=InvocationID --value web.service) /var/lib/gitops-agent/inventory.json; do sleep 0.1; done; sed -i s/9999/infinity/ ${etc}/web.service; systemctl daemon-reload`,
    undo: "systemctl restart web.service",
    proof: "pgrep -f 'sleep infinity' >/dev/null && echo yes",
  },
];

const token = "/run/gitops-agent/credentials/current/web-app.service/token";

const credentials: readonly DriftCase[] = [
  {
    what: "a decrypted secret is deleted",
    kind: "credential-missing",
    subject: "web-app.service",
    act: `mv ${token} /run/token`,
    undo: `mv /run/token ${token}`,
    proof: `[ $(cat ${token}) = secret ] && echo yes`,
  },
  {
    what: "a decrypted secret is changed",
    kind: "credential-modified",
    subject: "web-app.service",
    act: `cp -p ${token} /run/token; echo more >>${token}`,
    undo: `mv /run/token ${token}`,
    proof: `[ $(cat ${token}) = secret ] && echo yes`,
  },
];

export const driftCases: readonly DriftCase[] = [
  ...files,
  ...dropIns,
  ...wideDropIns,
  ...enablement,
  ...manager,
  ...runtime,
  ...credentials,
];
