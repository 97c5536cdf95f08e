/**
 * How systemd reads repeated and empty assignments of a key (src/core/load-fragment-gperf.gperf.in and the parsers that
 * it names). Pure data and its look-ups. A key that stands nowhere here is compared as it is written, which can
 * cost a restart too many but never hides a change; so a key belongs here only when both are sure.
 */

import { directories, executing, inSections } from "./setting-names.ts";
import { scalarNames } from "./setting-patterns.ts";

export type SettingKind =
  /** Names of units or paths, a set; an empty assignment changes nothing (config_parse_unit_deps, …_unit_mounts_for). */
  | "dependencies"
  /** Words that add up over lines; an empty assignment drops those before it, and none is the default. */
  | "words"
  /** The same; quotes belong to the syntax of each word (config_parse_environ). */
  | "quoted-words"
  /** The same; neither order nor repetition count. */
  | "set"
  /** A set of numbers and of ranges of them, which blanks or commas part (parse_cpu_set_extend). Empty as for words. */
  | "numbers"
  /** A set that a `~` before a line takes from, or turns around; an empty line can do the latter, too. */
  | "invertible-set"
  /** Words of which the last line counts; their order does not (config_parse_exec_secure_bits). */
  | "set-a-line"
  /** A command a line; blanks between its words are one (config_parse_exec). Empty as for words. */
  | "commands"
  /** An item a line. Empty as for words. */
  | "lines"
  /** The last one counts if all are valid (parse_boolean). A bad one can make the whole unit fail. */
  | "boolean"
  /** The last one counts if all are valid; setting-patterns.ts says what certainly is. */
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
 * Keys that share a place in systemd's memory: where an empty assignment drops the values of one it drops those of all.
 * Mostly the order of their assignments counts, too. Full names, as two sections can share.
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

/** Conditions and asserts are many; all of one sort are one list (config_parse_unit_condition_path, …_string). */
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

/** The same name for all keys that share a place with `Section.Key`; null when none does. */
export function familyOfSetting(name: string): string | null {
  return conditionSort(name) ?? familyByName.get(name) ?? null;
}

/** Whether the order of assignments counts among the keys that `familyOfSetting` names so. */
export function isOrderedFamily(family: string): boolean {
  return orderedFamilies.has(family);
}

/** Whether an empty assignment of the key certainly leaves what no assignment at all would. */
export function isResettable(kind: SettingKind): boolean {
  return resettable.has(kind);
}
