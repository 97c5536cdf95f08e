/**
 * The table of what a changed key interrupts: one line a key family, with its source. A key that stands nowhere here
 * needs a restart. Pure data and its look-up.
 */
import type { ChangeClass } from "./state.ts";

interface Rule {
  /** Full name `Section.Key`; a trailing `*` covers every key that starts so. */
  readonly keys: readonly string[];
  readonly class: Exclude<ChangeClass, "none">;
}

const executing = ["Service", "Socket", "Mount", "Swap"];

/** The same keys in each section that takes them. */
function inSections(sections: readonly string[], keys: readonly string[]): readonly string[] {
  return sections.flatMap((section) => keys.map((key) => `${section}.${key}`));
}

const rules: readonly Rule[] = [
  // systemd.unit(5): shown to people only; X- sections and keys are ignored by systemd.
  { class: "inert", keys: ["Unit.Description", "Unit.Documentation", "X-*"] },
  // systemd.unit(5) "[Install]": read by enable and disable, never by the manager at run time.
  { class: "enablement", keys: ["Install.*"] },
  // systemd.unit(5): order matters only to jobs that are queued later.
  { class: "live", keys: ["Unit.Before", "Unit.After", "Unit.DefaultDependencies"] },
  // systemd.unit(5) "Conditions and asserts": evaluated when a start job runs.
  { class: "live", keys: ["Unit.Condition*", "Unit.Assert*"] },
  // systemd.unit(5): consulted by the manager at the moment of a failure, a success, a stop or a reload.
  {
    class: "live",
    keys: [
      "Unit.OnFailure*",
      "Unit.OnSuccess*",
      "Unit.PartOf",
      "Unit.StopPropagatedFrom",
      "Unit.PropagatesStopTo",
      "Unit.PropagatesReloadTo",
      "Unit.ReloadPropagatedFrom",
      "Unit.StartLimit*",
      "Unit.JobTimeout*",
      "Unit.JobRunningTimeoutSec",
      "Unit.FailureAction*",
      "Unit.SuccessAction*",
      "Unit.RefuseManual*",
      "Unit.AllowIsolate",
      "Unit.IgnoreOnIsolate",
      "Unit.StopWhenUnneeded",
      "Unit.CollectMode",
      "Unit.SourcePath",
    ],
  },
  // systemd.unit(5): a start job on the running unit pulls in what was added (measured on 252 and 257).
  { class: "dependency", keys: ["Unit.Wants", "Unit.Requires", "Unit.Upholds"] },
  // systemd.service(5): restart policy, exit status and time-outs are read when the process exits or the job runs.
  {
    class: "live",
    keys: [
      "Service.Restart",
      "Service.RestartSec",
      "Service.RestartSteps",
      "Service.RestartMaxDelaySec",
      "Service.RestartMode",
      "Service.RestartPreventExitStatus",
      "Service.RestartForceExitStatus",
      "Service.SuccessExitStatus",
      "Service.TimeoutStartSec",
      "Service.TimeoutStopSec",
      "Service.TimeoutAbortSec",
      "Service.TimeoutSec",
      "Service.TimeoutStartFailureMode",
      "Service.TimeoutStopFailureMode",
      "Service.StartLimit*",
    ],
  },
  // systemd.service(5): commands that run later, when somebody reloads or stops the service.
  { class: "live", keys: ["Service.ExecReload", "Service.ExecStop", "Service.ExecStopPost"] },
  // systemd.kill(5): read when the unit is stopped.
  {
    class: "live",
    keys: inSections(executing, [
      "KillMode",
      "KillSignal",
      "RestartKillSignal",
      "SendSIGHUP",
      "SendSIGKILL",
      "FinalKillSignal",
    ]),
  },
  // systemd.resource-control(5): cgroup attributes, applied again to the running unit at daemon-reload.
  {
    class: "live",
    keys: inSections(
      [...executing, "Slice"],
      [
        "CPUAccounting",
        "CPUWeight",
        "StartupCPUWeight",
        "CPUQuota",
        "CPUQuotaPeriodSec",
        "CPUShares",
        "StartupCPUShares",
        "AllowedCPUs",
        "StartupAllowedCPUs",
        "AllowedMemoryNodes",
        "StartupAllowedMemoryNodes",
        "MemoryAccounting",
        "MemoryMin",
        "MemoryLow",
        "MemoryHigh",
        "MemoryMax",
        "MemorySwapMax",
        "MemoryZSwapMax",
        "MemoryLimit",
        "TasksAccounting",
        "TasksMax",
        "IOAccounting",
        "IOWeight",
        "StartupIOWeight",
        "IODeviceWeight",
        "IOReadBandwidthMax",
        "IOWriteBandwidthMax",
        "IOReadIOPSMax",
        "IOWriteIOPSMax",
        "IODeviceLatencyTargetSec",
        "IPAccounting",
        "IPAddressAllow",
        "IPAddressDeny",
        "DeviceAllow",
        "DevicePolicy",
        "ManagedOOM*",
      ],
    ),
  },
  // systemd.mount(5): a reload job remounts with the new options.
  { class: "reload", keys: ["Mount.Options"] },
];

/** From the least to the most disturbing. */
const strength: readonly ChangeClass[] = [
  "none",
  "inert",
  "enablement",
  "live",
  "dependency",
  "reload",
  "restart",
];

/** The class of a change to `Section.Key`. */
export function classifyKey(name: string): Exclude<ChangeClass, "none"> {
  if (name.split(".")[1]?.startsWith("X-")) return "inert";
  const rule = rules.find(({ keys }) => keys.some((key) => matchesKey(key, name)));
  return rule?.class ?? "restart";
}

function matchesKey(key: string, name: string): boolean {
  return key.endsWith("*") ? name.startsWith(key.slice(0, -1)) : key === name;
}

export function strongerOf(left: ChangeClass, right: ChangeClass): ChangeClass {
  return strength.indexOf(left) >= strength.indexOf(right) ? left : right;
}
