/** Settings that take lists, each written in many ways: by key some items that every supported systemd takes. Pure. */
import type { Pair } from "./pairs.ts";

/** `Section.Key` → three items. */
const listSettings: Readonly<Record<string, readonly [string, string, string]>> = {
  ...inSection("Unit", {
    Wants: "a1.service a2.service a3.target",
    Requires: "a1.service a2.service a3.target",
    Requisite: "a1.service a2.service a3.target",
    BindsTo: "a1.service a2.service a3.target",
    PartOf: "a1.service a2.service a3.target",
    Upholds: "a1.service a2.service a3.target",
    Conflicts: "a1.service a2.service a3.target",
    After: "a1.service a2.service a3.target",
    Before: "a1.service a2.service a3.target",
    OnFailure: "a1.service a2.service a3.target",
    OnSuccess: "a1.service a2.service a3.target",
    PropagatesReloadTo: "a1.service a2.service a3.service",
    PropagatesStopTo: "a1.service a2.service a3.service",
    JoinsNamespaceOf: "a1.service a2.service a3.service",
    RequiresMountsFor: "/srv /opt/x /var/y",
  }),
  ...inSection("Service", {
    AllowedCPUs: "0 1 2-3",
    AllowedMemoryNodes: "0 1 2-3",
    AmbientCapabilities: "CAP_CHOWN CAP_KILL CAP_SETUID",
    BindPaths: "/srv /opt:/x /var/y",
    BindReadOnlyPaths: "/srv /opt:/x /var/y",
    CacheDirectory: "a b c/d",
    CapabilityBoundingSet: "CAP_CHOWN CAP_KILL CAP_SETUID",
    ConfigurationDirectory: "a b c/d",
    CPUAffinity: "0 1 2-3",
    DisableControllers: "cpu memory io",
    Environment: "A=1 B=2 C=3",
    ExecPaths: "/srv /opt /var",
    ExtensionDirectories: "/srv /opt /var",
    InaccessiblePaths: "/srv /opt /var",
    IPAddressAllow: "10.0.0.0/8 192.168.0.0/16 localhost",
    IPAddressDeny: "10.0.0.0/8 192.168.0.0/16 localhost",
    LogExtraFields: "A=1 B=2 C=3",
    LogsDirectory: "a b c/d",
    NoExecPaths: "/srv /opt /var",
    NUMAMask: "0 1 2-3",
    PassEnvironment: "TZ LANG LC_ALL",
    ReadOnlyPaths: "/srv /opt /var",
    ReadWritePaths: "/srv /opt /var",
    RestartForceExitStatus: "1 2 SIGUSR1",
    RestartPreventExitStatus: "1 2 SIGUSR1",
    RestrictAddressFamilies: "AF_UNIX AF_INET AF_INET6",
    RestrictFileSystems: "ext4 tmpfs proc",
    RestrictNamespaces: "user mnt net",
    RestrictNetworkInterfaces: "lo eth0 eth1",
    RuntimeDirectory: "a b c/d",
    SecureBits: "keep-caps noroot no-setuid-fixup",
    Sockets: "a1.socket a2.socket a3.socket",
    StartupAllowedCPUs: "0 1 2-3",
    StartupAllowedMemoryNodes: "0 1 2-3",
    StateDirectory: "a b c/d",
    SuccessExitStatus: "1 2 SIGUSR1",
    SupplementaryGroups: "daemon games adm",
    SystemCallArchitectures: "native x86 arm",
    SystemCallFilter: "read write @mount",
    SystemCallLog: "read write @mount",
    TemporaryFileSystem: "/srv /opt:ro /var",
    UnsetEnvironment: "HOME LOGNAME SHELL",
  }),
  ...inSection("Socket", { Symlinks: "/run/l1 /run/l2 /run/l3" }),
};

function inSection(
  section: string,
  keys: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly [string, string, string]>> {
  return Object.fromEntries(
    Object.entries(keys).map(([key, items]) => {
      const [first = "", second = "", third = ""] = items.split(" ");
      return [`${section}.${key}`, [first, second, third]];
    }),
  );
}

/** What is written → its lines after `Key=`, for three items. The first way of each group is what the others are compared with. */
const waysToWrite: readonly Readonly<
  Record<string, (a: string, b: string, c: string) => readonly string[]>
>[] = [
  {
    "one line": (a, b, c) => [`${a} ${b} ${c}`],
    "many blanks": (a, b, c) => [`${a}   ${b}\t${c} `],
    "a line each": (a, b, c) => [a, b, c],
    "two lines": (a, b, c) => [a, `${b} ${c}`],
    "a continued line": (a, b, c) => [`${a} \\\n  ${b} ${c}`],
    "another order": (a, b, c) => [`${c} ${a} ${b}`],
    "another order of lines": (a, b, c) => [c, b, a],
    "an item twice": (a, b, c) => [`${a} ${b} ${c} ${b}`],
    "a line twice": (a, b, c) => [a, b, a, c],
    "a reset before": (a, b, c) => [c, "", `${a} ${b} ${c}`],
    "a reset in between": (a, b, c) => [a, "", `${b} ${c}`],
    "a quoted item": (a, b, c) => [`"${a}" ${b} '${c}'`],
    commas: (a, b, c) => [`${a},${b},${c}`],
    "an item less": (a, b) => [`${a} ${b}`],
    inverted: (a, b, c) => [`~${a} ${b} ${c}`],
    "inverted in part": (a, b, c) => [`${a} ${b} ${c}`, `~${b}`],
  },
  {
    inverted: (a, b, c) => [`~${a} ${b} ${c}`],
    "inverted, a line each": (a, b, c) => [`~${a}`, `~${b}`, `~${c}`],
    "inverted, two lines": (a, b, c) => [`~${a}`, `~${b} ${c}`],
    "inverted, another order": (a, b, c) => [`~${c} ${a} ${b}`],
    "inverted, an item twice": (a, b, c) => [`~${a} ${b} ${c} ${b}`],
    "inverted, many blanks": (a, b, c) => [`~${a}   ${b}\t${c}`],
    "inverted, a blank after the tilde": (a, b, c) => [`~ ${a} ${b} ${c}`],
    "inverted, a reset before": (a, b, c) => [c, "", `~${a} ${b} ${c}`],
    "inverted, a tilde in front of each": (a, b, c) => [`~${a} ~${b} ~${c}`],
  },
  {
    "some taken away": (a, b, c) => [`${a} ${b}`, `~${b} ${c}`],
    "other blanks": (a, b, c) => [`${a}  ${b}`, `~${b}\t${c}`],
    "another order within lines": (a, b, c) => [`${b} ${a}`, `~${c} ${b}`],
    "another order of lines": (a, b, c) => [`~${b} ${c}`, `${a} ${b}`],
    "what is left": (a) => [a],
  },
  {
    "nothing left": () => [""],
    "nothing said": () => [],
    "reset at the end": (a, b) => [`${a} ${b}`, ""],
    "a tilde alone": () => ["~"],
  },
];

const rewraps: ReadonlySet<string> = new Set(["many blanks", "a line each", "two lines", "a continued line"]);

const invertible =
  /\.(?:CapabilityBoundingSet|AmbientCapabilities|SystemCall(?:Filter|Log)|Restrict(?:AddressFamilies|FileSystems|Namespaces|NetworkInterfaces))$/;

const invertedRewraps: ReadonlySet<string> = new Set([
  "inverted, a line each",
  "inverted, two lines",
  "inverted, another order",
  "inverted, an item twice",
  "inverted, many blanks",
  "inverted, a blank after the tilde",
  "other blanks",
  "another order within lines",
]);

/** Whether a pair only breaks the lines of a list in other places, or orders the words of an inverted line in another way. */
export function isRewrapped({ edits: [name = "", way = ""] }: Pair): boolean {
  return rewraps.has(way) || (invertible.test(name) && invertedRewraps.has(way));
}

/** One pair for each key and way; its edits are the key and the way. */
export function makeListPairs(): readonly Pair[] {
  return Object.entries(listSettings).flatMap(([name, items], key) =>
    waysToWrite.flatMap((ways, group) => {
      const [first, ...others] = Object.entries(ways);
      if (first === undefined) return [];
      return others.map(([way, write], index): Pair => {
        const unit = `l${key}-${group}-${index}.${name.startsWith("Socket.") ? "socket" : "service"}`;
        const describeIn = (lines: readonly string[]) => ({ [unit]: writeUnit(name, lines) });
        const [before, after] = [describeIn(first[1](...items)), describeIn(write(...items))];
        return { unit, template: null, before, after, edits: [name, way] };
      });
    }),
  );
}

function writeUnit(name: string, values: readonly string[]): string {
  const [section = "", key = ""] = name.split(".");
  const lines = [`[${section}]`, ...values.map((value) => `${key}=${value}`)];
  const rest = section === "Socket" ? "[Socket]\nListenStream=/run/x" : "[Service]\nExecStart=/bin/true";
  return `${[...lines, rest].join("\n")}\n`;
}
