/** Checks that the users and groups of units exist, or that sysusers.d(5) files of the revision make them. Pure. */

import type { DesiredUnit } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import { isTrue, lastValue } from "../units/definition.ts";
import { execSections, type ValidationContext, valuesOf, warn } from "./context.ts";

type AccountKind = "users" | "groups";

const accountKeys: readonly (readonly [key: string, kind: AccountKind])[] = [
  ["User", "users"],
  ["Group", "groups"],
  ["SupplementaryGroups", "groups"],
  ["SocketUser", "users"],
  ["SocketGroup", "groups"],
];

interface NamedAccounts {
  /** `Section.Key` */
  readonly key: string;
  readonly kind: AccountKind;
  readonly value: string;
  readonly names: readonly string[];
}

export function findAccountProblems(context: ValidationContext): readonly Diagnostic[] {
  const declared = readDeclaredAccounts(context);
  return context.units.flatMap((unit) =>
    context
      .read(unit, listAccounts)
      .flatMap(({ key, kind, value, names }) =>
        names
          .filter((name) => !declared[kind].has(name) && !context.mayHaveAccount(kind, name))
          .map((name) => describe(context, unit, key, value, kind, name)),
      ),
  );
}

/** The accounts that must exist when the unit starts. */
function listAccounts(unit: DesiredUnit): readonly NamedAccounts[] {
  return execSections.flatMap((section) => {
    const isDynamic = isTrue(lastValue(unit.definition.settings, `${section}.DynamicUser`));
    return accountKeys.flatMap(([key, kind]): readonly NamedAccounts[] => {
      if (isDynamic && (key === "User" || key === "Group")) return [];
      return listValues(unit, section, key).flatMap((value) => {
        const names = value.split(/\s+/).filter(isName);
        return names.length === 0 ? [] : [{ key: `${section}.${key}`, kind, value, names }];
      });
    });
  });
}

/** Only the last User= counts, but SupplementaryGroups= is a list. */
function listValues(unit: DesiredUnit, section: string, key: string): readonly string[] {
  const values = valuesOf(unit, `${section}.${key}`);
  return key === "SupplementaryGroups" ? values : values.slice(-1);
}

/** Whether it is a name to look up. A number needs no account, and only systemd knows the value of a specifier. */
function isName(name: string): boolean {
  return name !== "" && !/^\d+$/.test(name) && !name.includes("%");
}

function describe(
  context: ValidationContext,
  unit: DesiredUnit,
  key: string,
  value: string,
  kind: AccountKind,
  name: string,
): Diagnostic {
  const word = kind === "users" ? "user" : "group";
  return warn(
    `missing-${word}`,
    context.locate(unit, key, value),
    `the ${word} ${name} does not exist on this host`,
    `create it before the unit starts, for instance by files/etc/sysusers.d/${name}.conf, or use DynamicUser=yes`,
  );
}

/**
 * sysusers.d(5) files of the same revision: `u` makes a user and its group, `g` a group, `m` both if they are missing.
 */
function readDeclaredAccounts({
  desired,
}: ValidationContext): Readonly<Record<AccountKind, ReadonlySet<string>>> {
  const users = new Set<string>();
  const groups = new Set<string>();
  for (const entry of desired.files.values()) {
    if (entry.kind !== "file" || entry.role !== "file" || !/\/sysusers\.d\/[^/]+\.conf$/.test(entry.path))
      continue;
    for (const line of new TextDecoder().decode(entry.bytes).split("\n")) {
      const [type = "", name = "", extra = ""] = line
        .trim()
        .split(/\s+/)
        .map((word) => word.replace(/^"(.*)"$/, "$1"));
      if (/^[um]!?$/.test(type)) users.add(name);
      if (/^[ug]!?$/.test(type)) groups.add(name);
      if (type === "m") groups.add(extra);
    }
  }
  return { users, groups };
}
