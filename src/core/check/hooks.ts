/** Checks the hooks of managed files: their programs, and the units that they reload or restart. Pure. */

import type { DesiredUnit, FileEntry } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import { lastValue } from "../units/definition.ts";
import { typeOfUnit } from "../units/unit-name.ts";
import { type ValidationContext, valuesOf, warn } from "./context.ts";

const place = { file: "gitops.yaml" };

export function findHookProblems(context: ValidationContext): readonly Diagnostic[] {
  return [...context.desired.files.values()].flatMap((file) => {
    if (file.kind !== "file") return [];
    return (file.hooks ?? []).flatMap((hook) =>
      hook.verb === "run"
        ? findProgramProblems(context, file, hook.command[0] ?? "")
        : findUnitProblems(context, file, hook),
    );
  });
}

/** Where systemd looks for a program without a path (systemd.exec(5), "$PATH"). */
const searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

function findProgramProblems(
  context: ValidationContext,
  { path }: FileEntry,
  program: string,
): readonly Diagnostic[] {
  const isPath = program.startsWith("/");
  const candidates = isPath ? [program] : searchPath.map((directory) => `${directory}/${program}`);
  const managed = candidates
    .map((candidate) => context.findManaged(candidate))
    .find((entry) => entry !== null);
  if (managed !== undefined && (managed.mode & 0o111) === 0) {
    const message = `${path} runs ${program}, which comes from ${managed.origin} and is not executable`;
    const hint = `git update-index --chmod=+x ${managed.origin}, or mode: "0755" for it in gitops.yaml`;
    return [warn("not-executable", place, message, hint)];
  }
  // Asks for every candidate: the first run of the checks only finds out what is asked.
  const found = candidates.filter((candidate) => context.mayHavePath(candidate));
  if (found.length > 0) return [];
  const where = isPath ? "" : `: it is in none of ${searchPath.join(", ")}`;
  const message = `${path} runs ${program}, which is not on this host${where}`;
  return [
    warn("missing-executable", place, message, "install it, or the revision fails when the file changes"),
  ];
}

function findUnitProblems(
  context: ValidationContext,
  { path }: FileEntry,
  { verb, unit: name }: { readonly verb: "reload" | "restart"; readonly unit: string },
): readonly Diagnostic[] {
  const unit = context.desired.units.get(name);
  const isOwn = unit?.owned === true;
  // Asks about the host before anything else: the first run of the checks only finds out what is asked.
  const canReload = verb === "restart" || (isOwn ? isReloadable(unit) : context.mayReload(name));
  if (!context.hasUnit(name)) {
    const message = `${path} ${verb}s ${name}, which is neither in this revision nor on this host`;
    return [warn("missing-dependency", place, message)];
  }
  if (canReload) return [];
  const message = `${path} reloads ${name}, which cannot be reloaded`;
  const hint = "add ExecReload= to it, or write restarts: instead of reloads:";
  return [warn(isOwn ? "not-reloadable" : "not-reloadable-here", place, message, hint)];
}

/** systemd.service(5), "ExecReload=" and "Type="; of the other types only a mount can be reloaded. */
function isReloadable(unit: DesiredUnit): boolean {
  const type = typeOfUnit(unit.name);
  if (type !== "service") return type === "mount";
  const isNotified = lastValue(unit.definition.settings, "Service.Type") === "notify-reload";
  return unit.quadlet !== null || isNotified || valuesOf(unit, "Service.ExecReload").length > 0;
}
