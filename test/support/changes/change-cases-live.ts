/** Rows for changes that the running process must survive, and whose effect is seen later. */
import { type ChangeCase, type ChangeGroup, changing, looping } from "./change-cases.ts";

const failing = "kill -KILL $PID";
const stopping = "systemctl stop $UNIT";
const slowStart = "ExecStartPre=/bin/sh -c 'test ! -e /run/mark-%n || sleep infinity'\n";

const whenItEnds: readonly ChangeCase[] = [
  {
    title: "Restart= acts on the next kill",
    ...changing("live-restart.service", { service: ["Restart=no", "Restart=always\nRestartSec=100ms"] }),
    act: failing,
    effect: "[ $(show ActiveState) = active ] && [ $(show MainPID) != $PID ]",
  },
  {
    title: "RestartPreventExitStatus= keeps the next kill from restarting it",
    ...changing("live-prevent.service", {
      service: [
        "Restart=always\nRestartSec=100ms",
        "Restart=always\nRestartSec=100ms\nRestartPreventExitStatus=SIGKILL",
      ],
    }),
    act: failing,
    effect: "[ $(show ActiveState) = failed ]",
  },
  {
    title: "SuccessExitStatus= makes a success of the next kill",
    ...changing("live-success.service", { service: ["", "SuccessExitStatus=SIGKILL"] }),
    act: failing,
    effect: "[ $(show ActiveState) = inactive ] && [ $(show Result) = success ]",
  },
  {
    title: "OnFailure= starts its unit at the next failure",
    ...changing("live-failure.service", { unit: ["", "OnFailure=live-handler.service"] }),
    others: { "units/live-handler.service": "[Service]\nType=oneshot\nExecStart=/bin/touch /run/handled\n" },
    act: failing,
    effect: "test -e /run/handled",
  },
];

const whenItStops: readonly ChangeCase[] = [
  {
    title: "ExecStop= runs on the next stop",
    ...changing("live-stop.service", { service: ["", "ExecStop=/bin/touch /run/mark-%n"] }),
    act: stopping,
    effect: "test -e $MARK",
  },
  {
    title: "ExecStopPost= runs after the next stop",
    ...changing("live-post.service", { service: ["", "ExecStopPost=/bin/touch /run/mark-%n"] }),
    act: stopping,
    effect: "test -e $MARK",
  },
  {
    title: "TimeoutStopSec= holds on the next stop",
    ...changing(
      "live-timeout.service",
      { service: ["TimeoutStopSec=10min", "TimeoutStopSec=300ms"] },
      looping('trap "" TERM'),
    ),
    act: stopping,
    effect: "[ $(show Result) = timeout ]",
  },
  {
    title: "KillSignal= is what the next stop sends",
    ...changing(
      "live-signal.service",
      { service: ["", "KillSignal=SIGUSR1"] },
      // systemd sends the signal to all processes of the unit: a child that made the mark could be ended before it did.
      looping('trap ": >/run/mark-%n; exit 0" USR1'),
    ),
    act: stopping,
    effect: "test -e $MARK",
  },
  {
    title: "KillMode= decides whom the next stop ends",
    ...changing(
      "live-mode.service",
      { service: ["", "KillMode=process"] },
      looping("sleep infinity & echo $$! >/run/mark-%n"),
    ),
    act: stopping,
    effect: "kill -0 $(cat $MARK)",
  },
  {
    title: "RuntimeDirectoryPreserve= keeps the directory over the next stop",
    ...changing("live-preserve.service", {
      service: [
        "RuntimeDirectory=live-preserve",
        "RuntimeDirectory=live-preserve\nRuntimeDirectoryPreserve=yes",
      ],
    }),
    act: stopping,
    effect: "test -d /run/live-preserve",
  },
  {
    title: "RemoveOnStop= of a socket removes its file on the next stop",
    unit: "live-remove.socket",
    before: "[Socket]\nListenStream=/run/live-remove\nAccept=yes\n[Install]\nWantedBy=sockets.target\n",
    after:
      "[Socket]\nListenStream=/run/live-remove\nAccept=yes\nRemoveOnStop=yes\n[Install]\nWantedBy=sockets.target\n",
    others: { "units/live-remove@.service": "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n" },
    act: `test -S /run/live-remove; ${stopping}`,
    effect: "test ! -e /run/live-remove",
  },
];

const whenAskedFor: readonly ChangeCase[] = [
  {
    title: "ExecReload= runs on the next reload",
    ...changing("live-reload.service", { service: ["", "ExecReload=/bin/touch /run/mark-%n"] }),
    act: "systemctl reload $UNIT",
    effect: "test -e $MARK",
  },
  {
    title: "TimeoutStartSec= holds on the next start",
    ...changing("live-start.service", { service: [slowStart, `${slowStart}TimeoutStartSec=300ms`] }),
    act: "touch $MARK; ! systemctl restart $UNIT",
    effect: "[ $(show Result) = timeout ]",
  },
  {
    title: "StartLimitBurst= counts the next starts",
    ...changing("live-limit.service", { unit: ["", "StartLimitIntervalSec=1h\nStartLimitBurst=2"] }),
    act: "while systemctl restart $UNIT; do sleep 0.1; done",
    effect: "[ $(show Result) = start-limit-hit ]",
  },
  {
    title: "ConditionPathExists= decides on the next start",
    ...changing("live-condition.service", { unit: ["", "ConditionPathExists=/absent"] }),
    act: "systemctl restart $UNIT",
    effect: "[ $(show ActiveState) = inactive ] && [ $(show ConditionResult) = no ]",
  },
  {
    title: "RefuseManualStop= refuses the next stop",
    ...changing("live-refuse.service", { unit: ["", "RefuseManualStop=yes"] }),
    act: "! systemctl stop $UNIT",
    effect: "[ $(show ActiveState) = active ]",
  },
  {
    title: "StopPropagatedFrom= takes it down with the other unit",
    ...changing("live-propagated.service", { unit: ["", "StopPropagatedFrom=live-leader.service"] }),
    others: { "units/live-leader.service": "[Service]\nExecStart=/bin/sleep infinity\n" },
    act: "systemctl start live-leader.service; systemctl stop live-leader.service",
    effect: "[ $(show ActiveState) = inactive ]",
  },
  {
    title: "After= orders the next start",
    ...changing("live-order.service", { unit: ["", "After=live-earlier.service"] }),
    others: {
      "units/live-earlier.service":
        "[Service]\nType=oneshot\nExecStart=/bin/sleep 0.3\nExecStart=/bin/touch /run/live-earlier\n",
    },
    act: "systemctl stop $UNIT; systemctl start live-earlier.service $UNIT",
    effect:
      "[ $(show ActiveEnterTimestampMonotonic) -gt $(systemctl show -P InactiveEnterTimestampMonotonic live-earlier.service) ]",
  },
];

const inTheControlGroup: readonly ChangeCase[] = [
  {
    title: "TasksMax=, MemoryMax= and CPUWeight= reach the control group, where its controllers exist",
    ...changing("live-limits.service", {
      service: ["Slice=alone.slice", "Slice=alone.slice\nTasksMax=33\nMemoryMax=64M\nCPUWeight=50"],
    }),
    effect: `
      [ "$(show TasksMax) $(show MemoryMax) $(show CPUWeight)" = "33 67108864 50" ]
      has() { grep -qw "$1" /sys/fs/cgroup/cgroup.controllers || return 0; [ "$(cat "$GROUP/$2")" = "$3" ]; }
      GROUP=/sys/fs/cgroup$(show ControlGroup)
      has pids pids.max 33; has memory memory.max 67108864; has cpu cpu.weight 50`,
  },
  {
    title: "IPAccounting= counts the traffic of the running process",
    ...changing("live-traffic.service", {
      service: ["Slice=apart.slice", "Slice=apart.slice\nIPAccounting=yes"],
    }),
    effect: '[ "$(show IPIngressBytes)" != "[no data]" ]',
  },
];

export const liveGroups: readonly ChangeGroup[] = [
  { title: "that counts when the process ends keeps it running", fate: "kept", cases: whenItEnds },
  { title: "that counts at the stop keeps it running", fate: "kept", cases: whenItStops },
  { title: "that counts when somebody asks for it keeps it running", fate: "kept", cases: whenAskedFor },
  { title: "of its control group keeps it running", fate: "kept", cases: inTheControlGroup },
];
