/** Drift of files and of enablement, made by ordinary commands on a host with `baseRepository`. */
import type { DriftCase } from "./drift-case.ts";

const etc = "/etc/systemd/system";
const nice5 = "printf '[Service]\\nNice=5\\n'";

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

export const fileDrift: readonly DriftCase[] = [...files, ...dropIns, ...wideDropIns, ...enablement];
