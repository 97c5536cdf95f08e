/** Drift of what systemd has loaded, of how units run, and of secrets, made by ordinary commands on a host with `baseRepository`. */
import type { DriftCase } from "./drift-case.ts";

const etc = "/etc/systemd/system";
const isActive = (unit: string) => `systemctl is-active --quiet ${unit} && echo yes`;

const dropIn = (unit: string, text: string) =>
  `mkdir -p ${etc}/${unit}.d; printf '${text}' >${etc}/${unit}.d/hand.conf; systemctl daemon-reload`;

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
  {
    what: "a drop-in of others that is deleted and that systemd still has",
    kind: "other-settings",
    subject: "web.service",
    act: `${dropIn("web.service", "[Service]\\nNice=7\\n")}; rm -r ${etc}/web.service.d`,
    undo: "systemctl daemon-reload",
    proof: '[ -z "$(systemctl show --property=DropInPaths --value web.service)" ] && echo yes',
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
    what: "a timer whose only time is over",
    kind: "timer-never",
    subject: "night.timer",
    act: `${dropIn("night.timer", "[Timer]\\nOnCalendar=\\nOnCalendar=2000-01-01\\n")}; systemctl restart night.timer`,
    undo: `rm -r ${etc}/night.timer.d; systemctl daemon-reload; systemctl restart night.timer`,
    isCorrectable: false,
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

export const unitDrift: readonly DriftCase[] = [...manager, ...runtime, ...credentials];
