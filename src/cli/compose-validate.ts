/** Joins the checks of a desired state: systemd's own checker, and the agent's checks with what the host has. */
import { lstat, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { HostFacts } from "../core/check/context.ts";
import {
  hostDependentCodes,
  joinFindings,
  listHostQuestions,
  validateDesired,
} from "../core/check/validate.ts";
import type { Desired } from "../core/model/desired.ts";
import type { Diagnostic } from "../core/model/errors.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import type { Inventory } from "../core/model/inventory.ts";
import { createProtection, hintForProtected, listProtectedClaims } from "../core/plan/protection.ts";
import { loadAccounts } from "../host/accounts.ts";
import { mapConcurrently } from "../lib/concurrency.ts";
import type { SystemdManager } from "../systemd/manager.ts";
import { UnitVerifier } from "../systemd/verify/verify.ts";

const lookUpConcurrency = 16;

/** As `validate` of ValidationPort. */
export async function validateOnHost(
  { manager, verifier }: { readonly manager: SystemdManager; readonly verifier: UnitVerifier },
  desired: Desired,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const ownedPaths = new Set(Object.keys(inventory.files));
  const [verified, facts] = await Promise.all([
    verifier.verify({ desired, ownedPaths, stagingDirectory: desired.layout.stagingDirectory }, signal),
    gatherFacts(manager, desired, inventory),
  ]);
  return joinFindings(validateDesired(desired, facts), verified);
}

/**
 * Checks a repository on any machine, such as the one where it is written. Leaves out what depends on a certain host.
 */
export async function validateAnywhere(
  desired: Desired,
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const stagingDirectory = await mkdtemp(path.join(tmpdir(), "gitops-agent-check-"));
  try {
    const layout = withRuntimeIn(stagingDirectory, desired.layout);
    const input = { desired: { ...desired, layout }, ownedPaths: new Set<string>(), stagingDirectory };
    const verified = await new UnitVerifier(() => Date.now()).verify(input, signal);
    const isPortable = ({ code }: Diagnostic) => !hostDependentCodes.has(code);
    const own = [...warnOfProtected(desired), ...validateDesired(desired, null)];
    return joinFindings(own.filter(isPortable), verified.filter(isPortable));
  } finally {
    await rm(stagingDirectory, { recursive: true, force: true });
  }
}

/** For a user's units systemd-analyze makes a directory in the user's runtime directory, which this machine need not have. */
function withRuntimeIn(directory: string, layout: HostLayout): HostLayout {
  if (layout.manager === "system") return layout;
  return { ...layout, managerEnvironment: { ...layout.managerEnvironment, XDG_RUNTIME_DIR: directory } };
}

/** Warns of protected units: a host refuses them, unless its own agent.yaml allows them. */
function warnOfProtected(desired: Desired): readonly Diagnostic[] {
  return listProtectedClaims(desired, createProtection([], [])).map(({ name, origin }) => ({
    severity: "warning",
    code: "protected",
    file: origin,
    message: `defines ${name}, which is protected: a host refuses the revision, as long as its agent.yaml does not allow it`,
    hint: hintForProtected(name),
  }));
}

async function gatherFacts(
  manager: SystemdManager,
  desired: Desired,
  inventory: Inventory,
): Promise<HostFacts> {
  const questions = listHostQuestions(desired);
  const others = questions.units.filter((name) => inventory.units[name]?.owned !== true);
  const accounts = await loadAccounts();
  const keep = async (names: readonly string[], exists: (name: string) => Promise<boolean>) => {
    const found = await mapConcurrently(names, lookUpConcurrency, async (name) =>
      (await exists(name)) ? [name] : [],
    );
    return new Set(found.flat());
  };
  return {
    units: await manager.listExisting(others),
    reloadable: await manager.listReloadable(questions.reloadable),
    paths: await keep(
      questions.paths.filter((file) => inventory.files[file] === undefined),
      async (file) => (await lstat(file).catch(() => null)) !== null,
    ),
    users: await keep(questions.users, async (name) => (await accounts.idOf("user", name)) !== null),
    groups: await keep(questions.groups, async (name) => (await accounts.idOf("group", name)) !== null),
  };
}
