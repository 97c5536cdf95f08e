/**
 * How systemd reads repeated and empty assignments of a key (src/core/load-fragment-gperf.gperf.in and the parsers that
 * it names). Pure data and its look-ups. A key that is not listed here is compared as it is written: this may restart a
 * unit needlessly, but never hides a change. So a key is listed only when its reading is certain.
 */

import { directories, executing, inSections } from "./setting-names.ts";
import { scalarNames } from "./setting-patterns.ts";

export type SettingKind =
  /**
   * Names of units or paths, a set; an empty assignment changes nothing (config_parse_unit_deps, …_unit_mounts_for).
   */
  | "dependencies"
  /** Words that add up over lines. An empty assignment drops the earlier ones; the default is none. */
  | "words"
  /** Like `words`; quotes are part of the syntax of each word (config_parse_environ). */
  | "quoted-words"
  /** Like `words`; order and repetition do not count. */
  | "set"
  /** A set of numbers and ranges, separated by blanks or commas (parse_cpu_set_extend). Empty as for `words`. */
  | "numbers"
  /** A set. A line with `~` in front removes items from it, or inverts it; an empty line can invert it too. */
  | "invertible-set"
  /** Words; only the last line counts, and the order does not (config_parse_exec_secure_bits). */
  | "set-a-line"
  /** One command in each line; several blanks count as one (config_parse_exec). Empty as for `words`. */
  | "commands"
  /** One item in each line. Empty as for `words`. */
  | "lines"
  /** The last value counts if all are valid (parse_boolean). An invalid one can make the whole unit fail. */
  | "boolean"
  /** The last value counts if all are valid; setting-patterns.ts says which are certainly valid. */
  | "scalar"
  | "unknown";

const listenKeys = inSections(
  ["Socket"],
  "ListenStream ListenDatagram ListenSequentialPacket ListenFIFO ListenSpecial ListenNetlink ListenMessageQueue " +
    "ListenUSBFunction",
);
const timerKeys = inSections(
  ["Timer"],
  "OnActiveSec OnBootSec OnStartupSec OnUnitActiveSec OnUnitInactiveSec OnCalendar",
);
const pathKeys = inSections(["Path"], "PathExists PathExistsGlob PathChanged PathModified DirectoryNotEmpty");

const kinds: readonly (readonly [SettingKind, readonly string[]])[] = [
  [
    "dependencies",
    inSections(
      ["Unit"],
      "Wants Requires Requisite BindsTo BindTo Upholds Conflicts Before After PartOf OnFailure OnSuccess " +
        "PropagatesReloadTo PropagateReloadTo ReloadPropagatedFrom PropagateReloadFrom PropagatesStopTo " +
        "StopPropagatedFrom JoinsNamespaceOf RequiresOverridable RequisiteOverridable RequiresMountsFor " +
        "WantsMountsFor",
    ),
  ],
  ["dependencies", ["Service.Sockets"]],
  ["words", inSections(["Install"], "WantedBy RequiredBy UpheldBy Alias Also")],
  [
    "words",
    inSections(
      executing,
      "PassEnvironment UnsetEnvironment SupplementaryGroups ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths " +
        "NoExecPaths TemporaryFileSystem ExtensionDirectories BindPaths BindReadOnlyPaths",
    ),
  ],
  ["words", ["Socket.Symlinks"]],
  ["words", inSections([...executing, "Slice"], "IPAddressAllow IPAddressDeny")],
  ["quoted-words", inSections(executing, "Environment LogExtraFields")],
  ["set", inSections(executing, `SystemCallArchitectures ${directories.join(" ")}`)],
  ["set", inSections(["Service"], "SuccessExitStatus RestartPreventExitStatus RestartForceExitStatus")],
  ["set", inSections([...executing, "Slice"], "DisableControllers")],
  ["numbers", inSections(executing, "CPUAffinity NUMAMask")],
  [
    "numbers",
    inSections(
      [...executing, "Slice"],
      "AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes",
    ),
  ],
  [
    "invertible-set",
    inSections(
      executing,
      "CapabilityBoundingSet AmbientCapabilities SystemCallFilter SystemCallLog RestrictAddressFamilies " +
        "RestrictFileSystems RestrictNamespaces",
    ),
  ],
  ["invertible-set", inSections([...executing, "Slice"], "RestrictNetworkInterfaces")],
  ["set-a-line", inSections(executing, "SecureBits")],
  [
    "commands",
    [
      ...inSections(
        ["Service"],
        "ExecStart ExecCondition ExecStartPre ExecStartPost ExecReload ExecStop ExecStopPost",
      ),
      ...inSections(["Socket"], "ExecStartPre ExecStartPost ExecStopPre ExecStopPost"),
    ],
  ],
  ["lines", [...listenKeys, ...timerKeys, ...pathKeys]],
  [
    "lines",
    inSections(
      executing,
      "EnvironmentFile LoadCredential LoadCredentialEncrypted SetCredential SetCredentialEncrypted",
    ),
  ],
  [
    "boolean",
    [
      ...inSections(
        executing,
        "DynamicUser IgnoreSIGPIPE LockPersonality MemoryDenyWriteExecute NoNewPrivileges PrivateDevices PrivateIPC " +
          "PrivateMounts PrivateNetwork PrivateTmp PrivateUsers ProtectClock ProtectControlGroups ProtectHostname " +
          "ProtectKernelLogs ProtectKernelModules ProtectKernelTunables RemoveIPC RestrictRealtime RestrictSUIDSGID " +
          "SendSIGHUP SendSIGKILL SyslogLevelPrefix",
      ),
      ...inSections(["Service"], "GuessMainPID NonBlocking RemainAfterExit RootDirectoryStartOnly"),
      ...inSections(
        ["Socket"],
        "Accept Broadcast FlushPending FreeBind KeepAlive NoDelay PassCredentials PassPacketInfo PassSecurity " +
          "RemoveOnStop ReusePort Transparent Writable",
      ),
      ...inSections(
        ["Timer"],
        "FixedRandomDelay OnClockChange OnTimezoneChange Persistent RemainAfterElapse WakeSystem",
      ),
      ...inSections(["Mount"], "SloppyOptions LazyUnmount ForceUnmount ReadWriteOnly"),
      ...inSections(["Path"], "MakeDirectory"),
      ...inSections(
        ["Unit"],
        "AllowIsolate DefaultDependencies IgnoreOnIsolate RefuseManualStart RefuseManualStop StopWhenUnneeded",
      ),
    ],
  ],
];

interface Family {
  readonly names: readonly string[];
  readonly isOrdered: boolean;
}

/**
 * Families: keys that systemd keeps in one list. An empty assignment of one key drops the values of all. For most
 * families the order of assignments counts too. Full names, because the keys may be in different sections.
 */
const families: readonly Family[] = [
  ...[
    listenKeys,
    timerKeys,
    pathKeys,
    inSections(["Service"], "TimeoutSec TimeoutStartSec TimeoutStopSec"),
    ["Unit.StartLimitIntervalSec", "Unit.StartLimitInterval", "Service.StartLimitInterval"],
    ["Unit.StartLimitBurst", "Service.StartLimitBurst"],
    ["Unit.StartLimitAction", "Service.StartLimitAction"],
    ["Unit.FailureAction", "Service.FailureAction"],
    ["Unit.RebootArgument", "Service.RebootArgument"],
    ["Unit.OnFailureJobMode", "Unit.OnFailureIsolate"],
    ...executing.flatMap((section) =>
      [
        "BindPaths BindReadOnlyPaths",
        "LoadCredential LoadCredentialEncrypted",
        "SetCredential SetCredentialEncrypted",
        "StandardInputText StandardInputData",
        "CPUSchedulingPolicy CPUSchedulingPriority",
        "IOSchedulingClass IOSchedulingPriority",
        "ReadWritePaths ReadWriteDirectories",
        "ReadOnlyPaths ReadOnlyDirectories",
        "InaccessiblePaths InaccessibleDirectories",
      ].map((keys) => inSections([section], keys)),
    ),
  ].map((names) => ({ names, isOrdered: true })),
  ...executing
    .flatMap((section) => directories.map((key) => [`${section}.${key}`, `${section}.${key}Mode`]))
    .map((names) => ({ names, isOrdered: false })),
];

const kindByName: ReadonlyMap<string, SettingKind> = new Map([
  ...kinds.flatMap(([kind, names]) => names.map((name) => [name, kind] as const)),
  ...scalarNames.map((name) => [name, "scalar"] as const),
]);

const familyByName: ReadonlyMap<string, string> = new Map(
  families.flatMap(({ names }) => names.map((name) => [name, names[0] ?? name] as const)),
);

const orderedFamilies: ReadonlySet<string> = new Set([
  ...families.flatMap(({ names, isOrdered }) => (isOrdered ? names.slice(0, 1) : [])),
  "Unit.Condition",
  "Unit.Assert",
]);

/** All conditions are one list, and all asserts are another (config_parse_unit_condition_path, …_string). */
function conditionSort(name: string): string | null {
  return /^Unit\.(?:Condition|Assert)/.exec(name)?.[0] ?? null;
}

const resettable: ReadonlySet<SettingKind> = new Set([
  "words",
  "quoted-words",
  "set",
  "numbers",
  "commands",
  "lines",
]);

/** How `Section.Key` is read. */
export function kindOfSetting(name: string): SettingKind {
  return conditionSort(name) === null ? (kindByName.get(name) ?? "unknown") : "lines";
}

/** The name of the family of `Section.Key`, the same for all its keys; null when the key has none. */
export function familyOfSetting(name: string): string | null {
  return conditionSort(name) ?? familyByName.get(name) ?? null;
}

/** Whether the order of assignments counts in this family. */
export function isOrderedFamily(family: string): boolean {
  return orderedFamilies.has(family);
}

/** Whether an empty assignment certainly has the same result as no assignment at all. */
export function isResettable(kind: SettingKind): boolean {
  return resettable.has(kind);
}
