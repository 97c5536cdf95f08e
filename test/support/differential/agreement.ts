/**
 * Our reading of installed unit files against what systemd loaded from them: for keys whose property says the same in a form that maps
 * simply. Pure.
 */
import { isTrue, lastValue, type Settings } from "../../../src/core/units/definition.ts";
import type { Properties } from "./properties.ts";

/** Unit name → the name that systemd knows the unit by. */
export type Aliases = ReadonlyMap<string, string>;

interface Claim {
  readonly name: string;
  readonly property: string;
  readonly isKept: (values: readonly string[], shown: string, aliases: Aliases) => boolean;
}

const sections = ["Service", "Socket", "Mount"];

function claim(names: string, isKept: Claim["isKept"], property?: string): readonly Claim[] {
  return names.split(" ").map((name) => ({
    name,
    property: property ?? name.slice(name.indexOf(".") + 1),
    isKept,
  }));
}

function claimInSections(keys: string, isKept: Claim["isKept"]): readonly Claim[] {
  return sections.flatMap((section) => keys.split(" ").flatMap((key) => claim(`${section}.${key}`, isKept)));
}

const isLast: Claim["isKept"] = (values, shown) => values.at(-1) === shown;
const isLastBoolean: Claim["isKept"] = (values, shown) => isTrue(values.at(-1) ?? null) === (shown === "yes");
const splitAll = (values: readonly string[]) => values.flatMap((value) => value.split(/\s+/));
const isSameWords: Claim["isKept"] = (values, shown) => splitAll(values).join(" ") === shown;
const isSameSet: Claim["isKept"] = (values, shown) => splitAll(values).sort().join(" ") === shown;
/** Quotes are shown where a word needs them, not where the file has them. */
const isSameWordsButQuotes: Claim["isKept"] = (values, shown) =>
  splitAll(values).join(" ").replace(/["']/g, "") === shown.replace(/["']/g, "");
const areSamePaths: Claim["isKept"] = (values, shown) =>
  splitAll(values)
    .map((path) => path.replace(/(?<=.)\/$/, ""))
    .join(" ") === shown;
/** The property has no path: `append` for `append:/var/log/x.log`. */
const isLastPlace: Claim["isKept"] = (values, shown) =>
  values.at(-1)?.replace(/^(file|append|truncate|fd):.*$/, "$1") === shown;
/** `yes` and `no` besides other words. */
const isLastMode: Claim["isKept"] = (values, shown) =>
  ["yes", "no"].includes(shown) ? isLastBoolean(values, shown, new Map()) : values.at(-1) === shown;

/** Systemd adds dependencies of its own accord, knows units by their own names, and makes an instance of a template. */
const isContained: Claim["isKept"] = (values, shown, aliases) => {
  const found = shown.split(" ");
  const isThere = (word: string) => {
    const [stem = "", type = ""] = word.split("@.");
    if (word.includes("@.")) return found.some((name) => name.startsWith(`${stem}@`) && name.endsWith(type));
    return found.includes(aliases.get(word) ?? word);
  };
  return splitAll(values).every(isThere);
};

/** Each line of a list is shown as `{ … }` or `path (Kind)`, in the same order; `matches` is asked of each pair. */
function areLines(matches: (value: string, line: string) => boolean): Claim["isKept"] {
  return (values, shown) => {
    const lines = shown === "" ? [] : shown.split("\n");
    return (
      values.length === lines.length && values.every((value, index) => matches(value, lines[index] ?? ""))
    );
  };
}

const isCommand = areLines((value, line) => {
  const [first = "", ...rest] = value.split(/\s+/);
  const [, path = "", argv = "", ignored] =
    /^\{ path=(.*?) ; argv\[\]=(.*?) ; ignore_errors=(yes|no)/.exec(line) ?? [];
  const program = first.replace(/^[-@:+!|]+/, "");
  const hasOwnName = /^[-:+!|]*@/.test(first);
  const isSameArgv =
    hasOwnName || /["'\\]/.test(value) || argv.split(" ").slice(1).join(" ") === rest.join(" ");
  return path === program && isSameArgv && (ignored === "yes") === /^[@:+!|]*-/.test(first);
});

const isListened = areLines((value, line) => line.replace(/ \([A-Za-z]+\)$/, "").endsWith(value));

const claims: readonly Claim[] = [
  ...claim("Unit.Description", isLast),
  ...claim("Unit.Documentation", isSameWordsButQuotes),
  ...claim(
    "Unit.Wants Unit.Requires Unit.Requisite Unit.BindsTo Unit.PartOf Unit.Conflicts Unit.Before Unit.After " +
      "Unit.OnFailure Unit.PropagatesStopTo Unit.RequiresMountsFor",
    isContained,
  ),
  ...claim(
    "Unit.DefaultDependencies Unit.RefuseManualStart Unit.RefuseManualStop Unit.AllowIsolate Unit.StopWhenUnneeded " +
      "Unit.IgnoreOnIsolate Service.RemainAfterExit Socket.Accept Socket.PassCredentials Socket.PassSecurity " +
      "Socket.Writable Timer.Persistent Timer.WakeSystem Path.MakeDirectory",
    isLastBoolean,
  ),
  ...claim(
    "Service.Type Service.Restart Service.NotifyAccess Service.BusName Service.PIDFile Service.OOMPolicy " +
      "Service.FileDescriptorStoreMax Socket.Backlog Socket.SocketMode Socket.FileDescriptorName Mount.What Mount.Where " +
      "Mount.Type Unit.StartLimitBurst Unit.CollectMode Unit.JobTimeoutAction",
    isLast,
  ),
  ...claimInSections("StandardOutput StandardError", isLastPlace),
  ...claimInSections(
    "User Group StandardInput TTYPath KillMode " + "ProtectProc KeyringMode UtmpIdentifier UtmpMode Slice",
    isLast,
  ),
  ...claimInSections(
    "DynamicUser PrivateTmp PrivateDevices PrivateNetwork NoNewPrivileges ProtectClock ProtectHostname " +
      "ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectControlGroups RestrictRealtime " +
      "RestrictSUIDSGID LockPersonality MemoryDenyWriteExecute SendSIGHUP TTYReset TTYVHangup IgnoreSIGPIPE",
    isLastBoolean,
  ),
  ...claimInSections("ProtectSystem ProtectHome", isLastMode),
  ...claimInSections("WorkingDirectory", (values, shown) => values.at(-1)?.replace(/^-/, "!") === shown),
  ...claimInSections("Environment", isSameWordsButQuotes),
  ...claimInSections("PassEnvironment UnsetEnvironment SupplementaryGroups", isSameWords),
  ...claimInSections("ReadWritePaths ReadOnlyPaths", areSamePaths),
  ...claimInSections("RuntimeDirectory StateDirectory CacheDirectory LogsDirectory", isSameSet),
  ...claimInSections(
    "ExecStart ExecStartPre ExecStartPost ExecCondition ExecReload ExecStop ExecStopPost ExecStopPre",
    isCommand,
  ),
  ...claim(
    "Service.EnvironmentFile",
    areLines((value, line) => line.startsWith(`${value.replace(/^-/, "")} (`)),
    "EnvironmentFiles",
  ),
  ...claim(
    "Timer.OnCalendar",
    areLines((_, line) => line.startsWith("{ OnCalendar=")),
    "TimersCalendar",
  ),
  ...claim(
    "Socket.ListenStream Socket.ListenDatagram Socket.ListenSequentialPacket Socket.ListenFIFO",
    (values, shown) =>
      values.every((value) => shown.split("\n").some((line) => isListened([value], line, new Map()))),
    "Listen",
  ),
  ...claim(
    "Path.PathExists Path.PathExistsGlob Path.PathChanged Path.PathModified Path.DirectoryNotEmpty",
    (values, shown) =>
      values.every((value) => shown.split("\n").some((line) => line.startsWith(`${value} (`))),
    "Paths",
  ),
];

export interface Agreement {
  /** `Section.Key` of each claim that was checked. */
  readonly checked: readonly string[];
  /** Why a claim could not be checked. */
  readonly skipped: readonly string[];
  readonly disagreements: readonly string[];
}

export function compareReading(settings: Settings, shown: Properties, aliases: Aliases): Agreement {
  const made = claims.filter(({ name }) => settings[name] !== undefined);
  const skipped = made.flatMap(({ name, property }) => {
    const why = whyNotComparable(settings, name, shown[property]);
    return why === null ? [] : [{ name, why }];
  });
  const open = made.filter(({ name }) => !skipped.some((skip) => skip.name === name));
  return {
    checked: open.map(({ name }) => name),
    skipped: skipped.map(({ why }) => why),
    disagreements: open
      .filter(({ name, property, isKept }) => !isKept(settings[name] ?? [], shown[property] ?? "", aliases))
      .map(
        ({ name, property }) =>
          `${name}=${JSON.stringify(settings[name])}, but ${property}=${shown[property]}`,
      ),
  };
}

function whyNotComparable(settings: Settings, name: string, shown: string | undefined): string | null {
  const values = settings[name] ?? [];
  if (shown === undefined) return "this systemd has no such property";
  if (values.some((value) => /%[^%]/.test(value))) return "a specifier, which only systemd expands";
  if (lastValue(settings, name) === null) return "an empty value, which each key takes in its own way";
  return null;
}
