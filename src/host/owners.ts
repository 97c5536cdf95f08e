/** Finds the owner and group of a managed file, as numbers. Must not change anything. */

import type { FileEntry, HostFile } from "../core/model/desired.ts";
import { AgentError, type Diagnostic } from "../core/model/errors.ts";
import { type AccountKind, type Accounts, loadAccounts } from "./accounts.ts";

export interface OwnerIds {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Numeric owner and group of a file. When the file names none: root's if the agent runs as root, else the agent's own.
 * @throws AgentError `host-write-failed` for a name that this host does not know
 */
export async function findOwner(file: FileEntry): Promise<OwnerIds> {
  const own: OwnerIds = process.getuid?.() === 0 ? { uid: 0, gid: 0 } : {};
  if (file.owner === undefined && file.group === undefined) return own;
  const accounts = await loadAccounts();
  const problems: Diagnostic[] = [];
  const uid = await findId(accounts, file, "user", file.owner, problems);
  const gid = await findId(accounts, file, "group", file.group, problems);
  if (problems.length > 0) throw unknownOwnersError(problems);
  return { ...own, ...(uid === null ? {} : { uid }), ...(gid === null ? {} : { gid }) };
}

/** @throws AgentError `host-write-failed` with one diagnostic for each name that this host does not know */
export async function refuseUnknownOwners(files: readonly HostFile[]): Promise<void> {
  const owned = files.filter(
    (file): file is FileEntry =>
      file.kind === "file" && (file.owner !== undefined || file.group !== undefined),
  );
  if (owned.length === 0) return;
  const accounts = await loadAccounts();
  const problems: Diagnostic[] = [];
  for (const file of owned) {
    await findId(accounts, file, "user", file.owner, problems);
    await findId(accounts, file, "group", file.group, problems);
  }
  if (problems.length > 0) throw unknownOwnersError(problems);
}

/** Null when no name is given, or when it is unknown; the latter is added to `problems`. */
async function findId(
  accounts: Accounts,
  file: FileEntry,
  kind: AccountKind,
  name: string | undefined,
  problems: Diagnostic[],
): Promise<number | null> {
  if (name === undefined) return null;
  const id = await accounts.idOf(kind, name);
  if (id === null) {
    problems.push({
      severity: "error",
      code: "unknown-owner",
      file: file.origin,
      message: `${file.path}: this host has no ${kind} "${name}"`,
      hint: `create the ${kind} first (sysusers.d(5) or ${kind}add), or correct the name in gitops.yaml`,
    });
  }
  return id;
}

function unknownOwnersError(problems: readonly Diagnostic[]): AgentError {
  const [first] = problems;
  const others = problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`;
  return new AgentError("host-write-failed", `${first?.message ?? "unknown owner"}${others}`, {
    ...(first === undefined ? {} : { subject: first.file }),
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    diagnostics: problems,
  });
}
