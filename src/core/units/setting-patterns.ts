/**
 * Patterns of values that every supported systemd accepts. Two spellings of a setting are compared by meaning only when
 * all their values match. Pure data and its look-ups.
 */
import { directories, executing, inSections } from "./setting-names.ts";

const octalMode = /^0?[0-7]{3}$/;
const booleanWord = "1|0|yes|no|true|false|on|off";

/** Key → pattern of values that every supported systemd accepts. With such values only the last assignment counts. */
const scalarPatterns: ReadonlyMap<string, RegExp> = new Map([
  ["Service.Type", /^(?:simple|exec|forking|oneshot|dbus|notify|idle)$/],
  ["Service.Restart", /^(?:no|always|on-(?:success|failure|abnormal|abort|watchdog))$/],
  ["Service.NotifyAccess", /^(?:none|main|exec|all)$/],
  ["Service.WatchdogSec", /^\d{1,9}(?:ms|s|min|h)?$/],
  ["Service.RuntimeMaxSec", /^\d{1,9}(?:ms|s|min|h)?$/],
  ...["Socket.SocketMode", "Socket.DirectoryMode", "Path.DirectoryMode", "Mount.DirectoryMode"].map(
    (name): [string, RegExp] => [name, octalMode],
  ),
  ...executing.flatMap((section): [string, RegExp][] => [
    ...directories.map((key): [string, RegExp] => [`${section}.${key}Mode`, octalMode]),
    [`${section}.User`, /^[a-z_][a-z0-9_-]{0,30}$/],
    [`${section}.Group`, /^[a-z_][a-z0-9_-]{0,30}$/],
    [`${section}.WorkingDirectory`, /^(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/],
    [`${section}.UMask`, octalMode],
    [`${section}.Nice`, /^-?1?\d$/],
    [`${section}.OOMScoreAdjust`, /^-?\d{1,3}$/],
    [`${section}.StandardInput`, /^(?:null|tty|socket)$/],
    [`${section}.StandardOutput`, /^(?:inherit|null|tty|journal|socket)$/],
    [`${section}.StandardError`, /^(?:inherit|null|tty|journal|socket)$/],
    [`${section}.SyslogIdentifier`, /^[A-Za-z0-9_.-]+$/],
    [`${section}.ProtectSystem`, new RegExp(`^(?:strict|full|${booleanWord})$`)],
    [`${section}.ProtectHome`, new RegExp(`^(?:read-only|tmpfs|${booleanWord})$`)],
    [`${section}.LimitNOFILE`, /^(?:\d{1,6}|infinity)$/],
    [`${section}.LimitNPROC`, /^(?:\d{1,6}|infinity)$/],
  ]),
]);

export const scalarNames: readonly string[] = [...scalarPatterns.keys()];

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const v4 = `${octet}(?:\\.${octet}){3}(?:/(?:3[0-2]|[12]?\\d))?`;
const v6 =
  "(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,5})?::(?:[0-9a-fA-F]{1,4})?(?:/(?:12[0-8]|1[01]\\d|[1-9]?\\d))?";
/** libcap's names up to Linux 5.9: the oldest supported systemd knows all of them. */
const capability = new RegExp(
  `^CAP_(?:${[
    "CHOWN|DAC_OVERRIDE|DAC_READ_SEARCH|FOWNER|FSETID|KILL|SETGID|SETUID|SETPCAP|LINUX_IMMUTABLE|NET_BIND_SERVICE",
    "NET_BROADCAST|NET_ADMIN|NET_RAW|IPC_LOCK|IPC_OWNER|SYS_MODULE|SYS_RAWIO|SYS_CHROOT|SYS_PTRACE|SYS_PACCT|SYS_ADMIN",
    "SYS_BOOT|SYS_NICE|SYS_RESOURCE|SYS_TIME|SYS_TTY_CONFIG|MKNOD|LEASE|AUDIT_WRITE|AUDIT_CONTROL|SETFCAP|MAC_OVERRIDE",
    "MAC_ADMIN|SYSLOG|WAKE_ALARM|BLOCK_SUSPEND|AUDIT_READ|PERFMON|BPF|CHECKPOINT_RESTORE",
  ].join("|")})$`,
);

/** Key of a list → pattern of its items. One invalid item can invalidate its line, or even invert the list. */
const itemPatterns: ReadonlyMap<string, RegExp> = new Map([
  ...inSections(executing, directories.join(" ")).map((name): [string, RegExp] => [
    name,
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/,
  ]),
  ...inSections(executing, "BindPaths BindReadOnlyPaths").map((name): [string, RegExp] => [
    name,
    /^-?(?:\/[A-Za-z0-9_.@-]+)+(?::(?:\/[A-Za-z0-9_.@-]+)+(?::(?:no)?rbind)?)?$/,
  ]),
  ...inSections(executing, "CapabilityBoundingSet AmbientCapabilities").map((name): [string, RegExp] => [
    name,
    capability,
  ]),
  // Excluded: a name with an error number, whose meaning depends on its position, and "none" (no family at all).
  ...inSections(executing, "SystemCallFilter SystemCallLog").map((name): [string, RegExp] => [
    name,
    /^@?[a-z0-9_-]+$/,
  ]),
  ...inSections(executing, "RestrictAddressFamilies").map((name): [string, RegExp] => [
    name,
    /^AF_[A-Z0-9]+$/,
  ]),
  ...inSections(executing, "RestrictFileSystems").map((name): [string, RegExp] => [name, /^@?[a-z0-9_.-]+$/]),
  ...inSections(executing, "RestrictNamespaces").map((name): [string, RegExp] => [
    name,
    /^(?:cgroup|ipc|net|mnt|pid|user|uts)$/,
  ]),
  ...inSections([...executing, "Slice"], "RestrictNetworkInterfaces").map((name): [string, RegExp] => [
    name,
    /^[a-z][a-z0-9_.-]{0,14}$/,
  ]),
  ...inSections([...executing, "Slice"], "DisableControllers").map((name): [string, RegExp] => [
    name,
    /^(?:cpu|cpuset|io|memory|pids)$/,
  ]),
  ...inSections([...executing, "Slice"], "IPAddressAllow IPAddressDeny").map((name): [string, RegExp] => [
    name,
    new RegExp(`^(?:any|localhost|link-local|multicast|${v4}|${v6})$`),
  ]),
]);

/** Whether every supported systemd certainly accepts the value. */
export function isValidScalar(name: string, value: string): boolean {
  return scalarPatterns.get(name)?.test(value) ?? false;
}

/** Whether every supported systemd certainly accepts each item, or ignores only the invalid item itself. */
export function areValidItems(name: string, items: readonly string[]): boolean {
  const pattern = itemPatterns.get(name);
  return pattern === undefined || items.every((item) => pattern.test(item));
}
