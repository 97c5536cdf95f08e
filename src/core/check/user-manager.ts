/**
 * Finds what the manager of a user cannot do without root, and says why. Each rule was measured on systemd 252 and 257. Pure;
 * has nothing to say about the system's manager.
 */
import type { DesiredUnit, FileEntry } from "../model/desired.ts";
import type { Diagnostic, Place } from "../model/errors.ts";
import type { HostLayout } from "../model/host-layout.ts";
import { isTrue, lastValue, listWords } from "../units/definition.ts";
import { typeOfUnit } from "../units/unit-name.ts";
import { execSections, type ValidationContext, valuesOf, warn } from "./context.ts";

export function findRootOnly(context: ValidationContext): readonly Diagnostic[] {
  const { layout, files } = context.desired;
  // The manager of root's own account may do all this.
  if (layout.manager === "system" || layout.specifiers["U"] === "0") return [];
  return [
    ...context.units.filter(({ owned }) => owned).flatMap((unit) => findTypeProblems(context, unit)),
    ...context.units.flatMap((unit) => [
      ...findAccountProblems(context, unit),
      ...findNeedlessUser(context, unit),
      ...findRisks(context, unit),
      ...findBootTargets(context, unit),
    ]),
    ...[...files.values()].flatMap((file) => (file.kind === "file" ? findOwnerProblems(file, layout) : [])),
  ];
}

function refuse(place: Place, message: string, hint: string): Diagnostic {
  return { severity: "error", code: "needs-root", ...place, message, hint };
}

/** The manager answers that these types are "not supported on this system". */
function findTypeProblems(context: ValidationContext, unit: DesiredUnit): readonly Diagnostic[] {
  const type = typeOfUnit(unit.name);
  if (type !== "automount" && type !== "swap") return [];
  const message = `${unit.name}: the manager of a user has no ${type} units`;
  return [refuse(context.placeOf(unit), message, "give it to the agent of the system")];
}

/** systemd.exec(5), User=: switching to another account is not permitted. */
function findAccountProblems(context: ValidationContext, unit: DesiredUnit): readonly Diagnostic[] {
  const { specifiers } = context.desired.layout;
  const own = (letters: readonly string[]) => letters.map((letter) => specifiers[letter]);
  const rules: readonly (readonly [key: string, allowed: readonly (string | undefined)[]])[] = [
    ["User", own(["u", "U"])],
    ["Group", own(["g", "G"])],
    ["SocketUser", own(["u", "U"])],
    ["SocketGroup", own(["g", "G"])],
    ["SupplementaryGroups", []],
  ];
  const hint = `leave it out: everything runs as ${specifiers["u"]}; or give the unit to the agent of the system`;
  return execSections.flatMap((section) => {
    const dynamic = valuesOf(unit, `${section}.DynamicUser`)
      .filter((value) => isTrue(value))
      .map((value) => {
        const message = `${unit.name}: only the system's manager can make a user for a service`;
        return refuse(context.locate(unit, `${section}.DynamicUser`, value), message, hint);
      });
    const named = rules.flatMap(([key, allowed]) =>
      valuesOf(unit, `${section}.${key}`)
        .filter((value) => !value.includes("%") && !allowed.includes(value))
        .map((value) => {
          const message = `${unit.name}: without root no process can be started with ${key}=${value}`;
          return refuse(context.locate(unit, `${section}.${key}`, value), message, hint);
        }),
    );
    return [...dynamic, ...named];
  });
}

/** systemd 252 starts no process with it, even if it is the user itself. */
function findNeedlessUser(context: ValidationContext, unit: DesiredUnit): readonly Diagnostic[] {
  const { u: name, U: number } = context.desired.layout.specifiers;
  return execSections.flatMap((section) =>
    valuesOf(unit, `${section}.User`)
      .filter((value) => value === name || value === number)
      .map((value) =>
        warn(
          "may-need-root",
          context.locate(unit, `${section}.User`, value),
          `${unit.name} may not start with User=${value}: systemd 252 cannot do that without root`,
          `leave it out: everything runs as ${name}`,
        ),
      ),
  );
}

/** Settings with which the start was seen to fail, on one version at least. */
const riskyKeys: Readonly<Record<string, string>> = {
  NetworkNamespacePath: "a user may not enter the network of others",
  LogNamespace: "a user cannot have a journal of its own",
  RootDirectory: "before systemd 257 only root may change it",
  LoadCredentialEncrypted: "a user may not be able to decrypt it",
  SetCredentialEncrypted: "a user may not be able to decrypt it",
};

/** With PrivateUsers= they concern the user namespace of the unit, which has all capabilities. */
const capabilityKeys: Readonly<Record<string, string>> = {
  AmbientCapabilities: "without PrivateUsers=yes a user has no capabilities to give",
  CapabilityBoundingSet: "without PrivateUsers=yes a user may not take capabilities away",
};

function findRisks(context: ValidationContext, unit: DesiredUnit): readonly Diagnostic[] {
  return execSections.flatMap((section) => {
    const hasNamespace = isTrue(lastValue(unit.definition.settings, `${section}.PrivateUsers`));
    const risky = hasNamespace ? riskyKeys : { ...riskyKeys, ...capabilityKeys };
    return Object.entries(risky).flatMap(([key, why]) =>
      valuesOf(unit, `${section}.${key}`).map((value) => {
        const place = context.locate(unit, `${section}.${key}`, value);
        return warn("may-need-root", place, `${unit.name} may not start with ${key}=: ${why}`);
      }),
    );
  });
}

/** What a boot of the system reaches, and a user's manager does not have. */
const systemTargets = ["multi-user.target", "graphical.target"];

function findBootTargets(context: ValidationContext, unit: DesiredUnit): readonly Diagnostic[] {
  return ["Install.WantedBy", "Install.RequiredBy"].flatMap((name) =>
    listWords(unit.definition.settings, name)
      .filter((target) => systemTargets.includes(target))
      .map((target) =>
        warn(
          "no-such-target",
          context.placeOf(unit),
          `${unit.name} is enabled for ${target}, which the manager of a user does not have`,
          "write WantedBy=default.target: that is what this manager starts",
        ),
      ),
  );
}

/** chown(2): only root gives files away. */
function findOwnerProblems({ path, owner, group }: FileEntry, layout: HostLayout): readonly Diagnostic[] {
  const isOwn = (owner ?? layout.owner) === layout.owner && (group ?? layout.group) === layout.group;
  if (isOwn) return [];
  const message = `${path} would belong to ${owner ?? layout.owner}:${group ?? layout.group}: only root gives files away`;
  return [refuse({ file: "gitops.yaml" }, message, "leave owner and group out: files belong to the user")];
}
