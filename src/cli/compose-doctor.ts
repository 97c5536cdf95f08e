/** The checks of `doctor`: what each asks, joined from all rooms. Changes nothing but the local clone, as `plan` does. */
import { statfs } from "node:fs/promises";
import { chooseNext, type NextRevision, prepareNext } from "../agent/prepare-next.ts";
import { connectAgent } from "../api/client.ts";
import {
  type Checkup,
  judgeSpace,
  listClosedPaths,
  ok,
  problem,
  unknown,
  warning,
} from "../core/health/checkup.ts";
import { agentUnit } from "../core/model/agent-units.ts";
import { AgentError } from "../core/model/errors.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import { canStart, readSpace, showUnit } from "../host/machine-facts.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";
import { loadIdentities } from "../secrets/formats/identities.ts";
import { isMemoryFilesystem } from "../secrets/store/credential-directory.ts";
import { findSwapRisk } from "../secrets/store/swap-risk.ts";
import { describeUrl } from "../source/repository-url.ts";
import type { Composition } from "./compose.ts";
import { version } from "./version.ts";

/** Checks of the host against agent.yaml and the repository, in the order in which a person mends them. */
export function listConfiguredChecks(
  composition: Composition,
): readonly (() => Promise<readonly Checkup[]>)[] {
  const { config, ports } = composition;
  return [
    async () => [await checkManager(composition)],
    () => checkDaemon(ports.layout),
    () => checkSpace([ports.layout.stateDirectory, ports.layout.unitDirectory]),
    () => checkCredentialPlace(ports.layout),
    async () => [await checkIdentities(config.identities)],
    () => checkSignatureTools(composition),
    () => checkRepository(composition),
  ];
}

async function checkManager({ ports }: Composition): Promise<Checkup> {
  try {
    await ports.manager.glance(["service"]);
    return ok("d-bus", "systemd answers");
  } catch (error) {
    return explain("d-bus", error);
  }
}

async function checkDaemon(layout: HostLayout): Promise<readonly Checkup[]> {
  const shown = await showUnit(layout, agentUnit, ["UnitFileState"]);
  const atBoot = judgeStartAtBoot(shown?.get("UnitFileState") ?? null);
  try {
    const { agent } = await connectAgent(layout.runtimeDirectory).readStatus(new AbortController().signal);
    const isOther = agent.version !== version;
    const hint = `systemctl restart ${agentUnit}`;
    const running = `the daemon that runs is ${agent.version}, and this command is ${version}`;
    return [isOther ? warning("daemon", running, hint) : ok("daemon", `runs, ${agent.version}`), atBoot];
  } catch (error) {
    return [explain("daemon", error), atBoot];
  }
}

/** @param state UnitFileState of systemctl(1); null when systemd does not answer */
function judgeStartAtBoot(state: string | null): Checkup {
  if (state === null) return unknown("at boot", `systemd does not tell whether ${agentUnit} is enabled`);
  if (state === "enabled") return ok("at boot", `${agentUnit} is enabled`);
  return warning("at boot", `${agentUnit} is not enabled`, `systemctl enable ${agentUnit}`);
}

async function checkSpace(paths: readonly string[]): Promise<readonly Checkup[]> {
  const spaces = await Promise.all(paths.map(readSpace));
  return spaces.flatMap((space) => (space === null ? [] : [judgeSpace(space)]));
}

async function checkCredentialPlace(layout: HostLayout): Promise<readonly Checkup[]> {
  const { credentialDirectory: directory } = layout;
  const risk = await findSwapRisk(layout);
  const swap =
    risk === null
      ? ok("swap", "none is known that decrypted credentials could be written to")
      : warning("swap", risk.message, risk.hint ?? "");
  try {
    const { type } = await statfs(directory);
    const hint = "mount a tmpfs there, or set paths.runtime-directory to a place below /run";
    return [
      isMemoryFilesystem(type)
        ? ok("credentials", `${directory} is in memory`)
        : problem("credentials", `${directory} is on a disk`, hint),
      swap,
    ];
  } catch (error) {
    const isMissing = errnoOf(error) === "ENOENT";
    const message = isMissing
      ? `${directory} is not there yet; it is made with the first secret`
      : `${directory} cannot be looked at: ${explainSystemError(error).what}`;
    return [unknown("credentials", message), swap];
  }
}

async function checkIdentities(paths: readonly string[]): Promise<Checkup> {
  if (paths.length === 0) return ok("identities", "none are configured, so this host has no secrets");
  try {
    const { identities, warnings } = await loadIdentities(paths);
    const [first] = warnings;
    if (first !== undefined)
      return warning(
        "identities",
        `${first.file}: ${first.message}`,
        first.hint ?? "remove it from identities:",
      );
    return ok("identities", `${identities.length} can be read`);
  } catch (error) {
    return explain("identities", error);
  }
}

async function checkSignatureTools({ config }: Composition): Promise<readonly Checkup[]> {
  const { verify } = config;
  if (verify === null) {
    const hint = "verify: in agent.yaml names the keys that may sign commits";
    return [
      warning(
        "signatures",
        `commits are not verified: whoever can push to the repository is ${config.layout.owner} here`,
        hint,
      ),
    ];
  }
  const needed = [
    ...(verify.allowedSigners === undefined ? [] : [["ssh-keygen", "openssh-client"] as const]),
    ...(verify.gpgKeys === undefined ? [] : [["gpg", "gpg"] as const]),
  ];
  const missing = [];
  for (const [program, packageName] of needed) {
    if (!(await canStart(program))) missing.push(packageName);
  }
  if (missing.length === 0) return [ok("signatures", "are asked for, and can be checked")];
  return [problem("signatures", "cannot be checked", `install ${missing.join(" and ")}`)];
}

/** Fetches, decrypts, checks and plans: what a sync would be refused for. Later checks need the earlier ones. */
async function checkRepository(composition: Composition): Promise<readonly Checkup[]> {
  const { config, ports } = composition;
  const { signal } = new AbortController();
  let next: NextRevision;
  try {
    next = await chooseNext(ports, signal);
  } catch (error) {
    return [explain("repository", error)];
  }
  const { branch, commit } = next.revision;
  const where = `${describeUrl(config.repository.url)} gives ${branch}@${commit.slice(0, 7)}`;
  return [ok("repository", where), ...(await checkRevision(composition, next, signal))];
}

async function checkRevision(
  { ports, settings }: Composition,
  next: NextRevision,
  signal: AbortSignal,
): Promise<readonly Checkup[]> {
  try {
    const { plan, desired } = await prepareNext(ports, settings, next, signal);
    const secrets = new Set(desired.credentials.map(({ origin }) => origin)).size;
    const refusals = plan.refusals.map(({ message, hint }) => problem("plan", message, hint));
    return [
      ok("secrets", secrets === 0 ? "this host has none" : `${secrets} files can be decrypted`),
      ...(refusals.length > 0
        ? refusals
        : [ok("plan", `nothing is refused; ${plan.steps.length} steps to do`)]),
      await checkSandbox(ports.layout, [...desired.files.keys()]),
    ];
  } catch (error) {
    return [explain("revision", error)];
  }
}

async function checkSandbox(layout: HostLayout, paths: readonly string[]): Promise<Checkup> {
  const shown = await showUnit(layout, agentUnit, [
    "ReadOnlyPaths",
    "ReadWritePaths",
    "ProtectHome",
    "LoadState",
  ]);
  if (shown === null || shown.get("LoadState") !== "loaded") {
    return unknown("sandbox", `${agentUnit} is not installed, or systemd does not answer`);
  }
  const listOf = (name: string) =>
    (shown.get(name) ?? "").split(" ").flatMap((path) => (path === "" ? [] : [path.replace(/^[-+]+/, "")]));
  const isHomeProtected = shown.get("ProtectHome") !== "no";
  const sandbox = { readOnly: listOf("ReadOnlyPaths"), readWrite: listOf("ReadWritePaths"), isHomeProtected };
  const [first, ...more] = listClosedPaths(paths, sandbox);
  if (first === undefined)
    return ok("sandbox", "lets the agent write all that the repository has for this host");
  const message = `${agentUnit} may not write ${first}${more.length === 0 ? "" : ` and ${more.length} more`}`;
  return problem(
    "sandbox",
    message,
    `systemctl edit ${agentUnit}: [Service] ReadWritePaths=${first.slice(0, first.lastIndexOf("/"))}`,
  );
}

/** An expected failure as a problem, in its own words; as unknown when it is only that this user may not. */
function explain(check: string, error: unknown): Checkup {
  if (!(error instanceof AgentError)) throw error;
  const [first] = error.diagnostics;
  const detail =
    first === undefined
      ? ""
      : `: ${first.file}${first.line === undefined ? "" : `:${first.line}`}: ${first.message}`;
  const message = `${error.message}${detail}`;
  const hint = error.hint ?? first?.hint ?? "gitops-agent plan says more";
  const isForRoot = process.geteuid?.() !== 0 && /permission|may not|EACCES/i.test(message);
  return isForRoot ? unknown(check, message, "ask as root (sudo)") : problem(check, message, hint);
}
