/**
 * The table that says what a changed key interrupts: one line for each family of keys, with its source. A key that is
 * not in the table needs a restart. Pure data and its look-up; plan/interruption.ts says what a class means for a type
 * of unit.
 *
 * "Measured" means that the effect, not only the property, was seen on a running unit: on systemd 252 and 257 where
 * both know the key.
 */
import type { ChangeClass } from "../model/plan.ts";

type KeyClass = Exclude<ChangeClass, "none">;

export interface ChangeRule {
  readonly class: KeyClass;
  /** Full names `Section.Key`; a trailing `*` covers every name that starts so. */
  readonly keys: readonly string[];
}

const processes = ["Service", "Socket", "Mount", "Swap"];
const killable = [...processes, "Scope"];
const grouped = [...killable, "Slice"];

/** One line of the table: the same keys, separated by spaces, in each of the sections. */
function rule(keyClass: KeyClass, sections: string | readonly string[], keys: string): ChangeRule {
  const names = keys.split(" ");
  return {
    class: keyClass,
    keys: [sections].flat().flatMap((section) => names.map((key) => `${section}.${key}`)),
  };
}

const unitRules: readonly ChangeRule[] = [
  // systemd.unit(5): text for people, and the source of a generated unit.
  rule("inert", "Unit", "Description Documentation SourcePath"),
  // systemd.unit(5): sections and keys whose names start with X- are ignored by systemd.
  { class: "inert", keys: ["X-*"] },
  // systemd.unit(5) "[Install]": read by enable and disable, never by the manager at run time.
  rule("enablement", "Install", "*"),
  // systemd.unit(5): a start job pulls in the added units, on a running unit too; measured, except the old
  // RequiresOverridable=.
  rule("dependency", "Unit", "Wants Requires RequiresOverridable Upholds RequiresMountsFor WantsMountsFor"),
  // systemd.unit(5): order jobs that are queued later.
  rule("live", "Unit", "Before After"),
  // systemd.unit(5) "Conditions and Asserts": evaluated when a start job runs.
  rule("live", "Unit", "Condition* Assert*"),
  // systemd.unit(5): consulted at the moment the unit fails or succeeds; OnFailure= measured.
  rule("live", "Unit", "OnFailure OnFailureJobMode OnFailureIsolate OnSuccess OnSuccessJobMode"),
  rule(
    "live",
    "Unit",
    "FailureAction FailureActionExitStatus SuccessAction SuccessActionExitStatus RebootArgument",
  ),
  // systemd.unit(5): passed on when a stop or a reload of one of the two is requested; measured,
  // the reload by ReloadPropagatedFrom=.
  rule("live", "Unit", "PropagatesStopTo StopPropagatedFrom"),
  rule("live", "Unit", "PropagatesReloadTo ReloadPropagatedFrom PropagateReloadTo PropagateReloadFrom"),
  // systemd.unit(5): counted and compared at each start; StartLimitBurst= measured.
  rule("live", "Unit", "StartLimitIntervalSec StartLimitInterval StartLimitBurst StartLimitAction"),
  // systemd.unit(5): limits of jobs that are queued later; JobTimeoutSec= measured.
  rule("live", "Unit", "JobTimeoutSec JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument"),
  // systemd.unit(5): what requests are allowed, and when an inactive unit is forgotten.
  rule("live", "Unit", "RefuseManualStart RefuseManualStop AllowIsolate IgnoreOnIsolate CollectMode"),
];

const typeRules: readonly ChangeRule[] = [
  // systemd.service(5): consulted when the main process exits; Restart=, RestartPrevent- and SuccessExitStatus=
  // measured.
  rule("live", "Service", "Restart RestartSec RestartSteps RestartMaxDelaySec RestartMode"),
  rule("live", "Service", "RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus"),
  // systemd.service(5): used when somebody reloads or stops the service; Exec*= measured.
  rule("live", "Service", "ExecReload ReloadSignal ExecStop ExecStopPost"),
  // systemd.service(5): limits of the next start or stop; TimeoutStartSec= and TimeoutStopSec= measured.
  rule("live", "Service", "TimeoutSec TimeoutStartSec TimeoutStopSec TimeoutAbortSec"),
  rule("live", "Service", "TimeoutStartFailureMode TimeoutStopFailureMode"),
  // systemd.unit(5): keys of [Unit] that were in [Service] before systemd 229.
  rule("live", "Service", "StartLimitInterval StartLimitBurst StartLimitAction FailureAction RebootArgument"),
  // systemd.kill(5): how the unit is stopped; KillMode=, KillSignal=, WatchdogSignal=, SendSIGKILL= measured.
  rule(
    "live",
    killable,
    "KillMode KillSignal RestartKillSignal FinalKillSignal WatchdogSignal SendSIGHUP SendSIGKILL",
  ),
  // systemd.exec(5): consulted after the processes ended, by the stop or by `systemctl clean`; first one measured.
  rule("live", processes, "RuntimeDirectoryPreserve TimeoutCleanSec"),
  // systemd.socket(5): counted at each connection; MaxConnections=, TriggerLimit*= and PollLimit*= measured.
  rule("live", "Socket", "MaxConnections MaxConnectionsPerSource TriggerLimitIntervalSec TriggerLimitBurst"),
  rule("live", "Socket", "PollLimitIntervalSec PollLimitBurst"),
  // systemd.socket(5): the stop of the socket; ExecStopPost= and RemoveOnStop= measured.
  rule("live", "Socket", "ExecStopPre ExecStopPost RemoveOnStop TimeoutSec"),
  // systemd.mount(5), systemd.swap(5), systemd.scope(5): how the unit is stopped; LazyUnmount= measured.
  rule("live", "Mount", "LazyUnmount ForceUnmount TimeoutSec"),
  rule("live", "Swap", "TimeoutSec"),
  rule("live", "Scope", "TimeoutStopSec"),
  // systemd.timer(5): daemon-reload computes the next elapse anew; measured, Unit= too.
  rule("live", "Timer", "*"),
  // systemd.mount(5): a reload job remounts with the new options; measured.
  rule("reload", "Mount", "Options"),
];

/**
 * systemd.resource-control(5): attributes of the unit's control group, which lives as long as the unit runs.
 *
 * Not among them, and so restarted:
 * - Slice=, Delegate=, DelegateSubgroup=: place and owner of the group are fixed at the start (measured).
 * - MemoryPressureWatch=, MemoryPressureThresholdSec=: passed to the process in its environment.
 * - IPAddressAllow=, IPAddressDeny=, DeviceAllow=, DevicePolicy=, RestrictNetworkInterfaces=: filters that the running
 *   unit keeps when the last one goes away, unless a unit of the same slice has one too (measured).
 * - Limits per device, such as IOReadBandwidthMax=: a limit that is no longer listed stays in force
 *   (cgroup_context_apply()).
 * - BPFProgram=, IP*FilterPath=, NFTSet=, CoredumpReceive=, DisableControllers=: no live effect has been seen.
 */
const controlGroupRules: readonly ChangeRule[] = [
  rule("live", grouped, "CPUAccounting CPUWeight StartupCPUWeight CPUQuota CPUQuotaPeriodSec"),
  rule("live", grouped, "CPUShares StartupCPUShares"),
  rule("live", grouped, "AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes"),
  rule("live", grouped, "MemoryAccounting MemoryMin MemoryLow StartupMemoryLow MemoryHigh StartupMemoryHigh"),
  rule("live", grouped, "MemoryMax StartupMemoryMax MemoryLimit MemorySwapMax StartupMemorySwapMax"),
  rule("live", grouped, "MemoryZSwapMax StartupMemoryZSwapMax MemoryZSwapWriteback"),
  rule("live", grouped, "DefaultMemoryMin DefaultMemoryLow DefaultStartupMemoryLow"),
  rule("live", grouped, "TasksAccounting TasksMax"),
  rule("live", grouped, "IOAccounting IOWeight StartupIOWeight"),
  rule("live", grouped, "BlockIOAccounting BlockIOWeight StartupBlockIOWeight"),
  // Programs on the group, put on and taken off the running unit: measured, SocketBind*= on 257 only.
  rule("live", grouped, "IPAccounting SocketBindAllow SocketBindDeny"),
  // systemd-oomd.service(8) is told of them whenever systemd has loaded the unit.
  rule("live", grouped, "ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit"),
  rule("live", grouped, "ManagedOOMMemoryPressureDurationSec ManagedOOMPreference"),
  // systemd.unit(5): an extended attribute of the group; measured on 257.
  rule("live", "Unit", "SurviveFinalKillSignal"),
];

export const changeTable: readonly ChangeRule[] = [...unitRules, ...typeRules, ...controlGroupRules];

const controlGroupKeys: ReadonlySet<string> = new Set(controlGroupRules.flatMap(({ keys }) => keys));

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

/** The class of a change to `Section.Key`. Names are case-sensitive, as in systemd. */
export function classifyKey(name: string): KeyClass {
  if (name.slice(name.indexOf(".") + 1).startsWith("X-")) return "inert";
  return changeTable.find(({ keys }) => keys.some((key) => matchesKey(key, name)))?.class ?? "restart";
}

/**
 * True for a live key that systemd writes to the control group of the running unit. systemd 252 does so at
 * daemon-reload, 257 not before it realizes the group again: when a unit of the same slice is started, or the unit's
 * properties are set.
 */
export function isControlGroupKey(name: string): boolean {
  return controlGroupKeys.has(name);
}

function matchesKey(key: string, name: string): boolean {
  return key.endsWith("*") ? name.startsWith(key.slice(0, -1)) : key === name;
}

export function strongerOf(left: ChangeClass, right: ChangeClass): ChangeClass {
  return strength.indexOf(left) >= strength.indexOf(right) ? left : right;
}
