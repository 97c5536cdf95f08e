/**
 * What `systemctl show` says of a unit, made comparable: which properties say nothing of the unit's definition, and which are sets
 * that systemd prints in any order. Pure.
 */
import { parseProperties } from "../machine/machine-output.ts";

export type Properties = Readonly<Record<string, string>>;

/** Property → why two loads of units that mean the same may differ in it. A trailing `*` is a prefix, a leading one a suffix. */
const volatileProperties: Readonly<Record<string, string>> = {
  "*Timestamp": "when something happened",
  "*TimestampMonotonic": "when something happened",
  NextElapseUSecRealtime: "reckoned from now",
  NextElapseUSecMonotonic: "reckoned from now",
  LastTriggerUSec: "when something happened",
  FragmentPath: "where the unit's text stands, not what it says",
  DropInPaths: "where the unit's text stands, not what it says",
  UnitFileState: "follows from [Install], which the manager does not read",
  UnitFilePreset: "follows from [Install] and the distribution's preset",
  NeedDaemonReload: "compares times of files",
  InvocationID: "of a run; nothing runs here",
  LoadError: "repeats LoadState with the text of a log line",
};

/** Property → why its words or lines come in any order. */
const unorderedProperties: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    (
      "Names Requires Requisite Wants BindsTo PartOf Upholds RequiredBy RequisiteOf WantedBy BoundBy ConsistsOf UpheldBy " +
      "Conflicts ConflictedBy Before After OnFailure OnFailureOf OnSuccess OnSuccessOf Triggers TriggeredBy " +
      "PropagatesReloadTo ReloadPropagatedFrom PropagatesStopTo StopPropagatedFrom JoinsNamespaceOf SliceOf " +
      "RequiresMountsFor WantsMountsFor"
    )
      .split(" ")
      .map((name) => [name, "a hash table of units or paths"]),
  ),
  RestrictAddressFamilies: "a hash table of numbers",
  RestrictNetworkInterfaces: "a hash table of names",
  SystemCallArchitectures: "a hash table of numbers",
};

export function parseShown(text: string): Properties {
  const shown = Object.entries(parseProperties(text)).filter(([name]) => !isVolatile(name));
  return Object.fromEntries(
    shown.map(([name, value]) => [name, unorderedProperties[name] === undefined ? value : sortWords(value)]),
  );
}

/** Names of the properties in which two units differ. */
export function listDifferences(left: Properties, right: Properties): readonly string[] {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].filter((name) => left[name] !== right[name]).sort();
}

function isVolatile(name: string): boolean {
  return Object.keys(volatileProperties).some((pattern) =>
    pattern.startsWith("*") ? name.endsWith(pattern.slice(1)) : pattern === name,
  );
}

function sortWords(value: string): string {
  // An inverted list has its tilde before whichever word comes first.
  return value
    .replace(/^~(?=\S)/, "~ ")
    .split(/\s+/)
    .sort()
    .join(" ");
}
