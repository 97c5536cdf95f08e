/**
 * Joins what `init` needs: agent.yaml as it is or as it will be, and the keys that it names. Every function here leaves alone
 * what is there already, and changes nothing where it is told so.
 */
import { hostname } from "node:os";
import path from "node:path";
import { type AgentConfig, parseAgentConfig } from "../config/agent-config.ts";
import { agentDefaults } from "../config/agent-defaults.ts";
import { findTransport } from "../config/repository-url.ts";
import { maskSecrets } from "../config/secret-text.ts";
import { AgentError } from "../core/model/errors.ts";
import { generateIdentityFile } from "../secrets/authoring/keygen.ts";
import { loadIdentities } from "../secrets/formats/identities.ts";
import { formatAgentYaml } from "../setup/agent-yaml.ts";
import { isThere, makeConfigDirectory, writeConfigFile } from "../setup/config-file.ts";
import { makeDeployKey, readDeployKey } from "../setup/deploy-key.ts";
import type { AgentFile } from "./agent-file.ts";
import { loadAgentConfig } from "./compose.ts";

/** What a person asked for, with absolute paths; null: nothing, so what is there holds, or else the default. */
export interface InitRequest {
  readonly file: AgentFile;
  readonly url: string | null;
  readonly branch: string | null;
  readonly host: string | null;
  readonly identity: string | null;
  readonly tokenFile: string | null;
}

export interface Setup {
  readonly file: AgentFile;
  readonly config: AgentConfig;
  /** The text that agent.yaml will have; null when there is one, which stays. */
  readonly newText: string | null;
}

/** One thing that init provides. `wanted`: it is missing, and nothing was changed. */
export interface InitStep {
  readonly state: "found" | "made" | "wanted";
  readonly path: string;
  readonly what: string;
}

/**
 * Reads agent.yaml, or decides what a new one says.
 * @param chooseIdentity which private key decrypts this host's secrets; asked only for a new agent.yaml
 * @throws AgentError `usage` when agent.yaml says something else than what was asked for, or when there is none and no
 *   repository was named; `config-invalid`
 */
export async function readSetup(request: InitRequest, chooseIdentity: () => Promise<string>): Promise<Setup> {
  const { file } = request;
  if (await isThere(file.path)) {
    const config = await loadAgentConfig(file);
    refuseOtherWishes(request, config);
    return { file, config, newText: null };
  }
  if (request.url === null) {
    throw new AgentError(
      "usage",
      `there is no ${file.path} yet: name the repository that this host follows`,
      {
        hint: "gitops-agent init --repo git@git.example.org:ops/hosts.git (or an https URL, or an absolute path)",
      },
    );
  }
  const newText = formatAgentYaml({
    ...chooseAccess(request.url, request),
    url: request.url,
    branch: request.branch ?? agentDefaults.branch,
    host: request.host,
    identity: request.identity ?? (await chooseIdentity()),
  });
  const { config, diagnostics } = parseAgentConfig(newText, {
    file: file.path,
    hostname: hostname(),
    scope: file.scope,
  });
  if (config !== null) return { file, config, newText };
  throw new AgentError("usage", "what was asked for makes no valid agent.yaml; nothing was written", {
    diagnostics,
  });
}

function chooseAccess(url: string, { file, tokenFile }: InitRequest) {
  const isSsh = findTransport(url) === "ssh";
  return {
    sshKey: isSsh ? beside(file.path, "deploy_key") : null,
    knownHosts: isSsh ? beside(file.path, "known_hosts") : null,
    tokenFile,
  };
}

function refuseOtherWishes(request: InitRequest, config: AgentConfig): void {
  const { repository } = config;
  const wishes = [
    ["repository.url", request.url, repository.url],
    ["repository.branch", request.branch, repository.branch],
    ["repository.token-file", request.tokenFile, repository.tokenFile ?? "not set"],
    ["host", request.host, config.host],
    ["identities", request.identity, config.identities[0] ?? "not set"],
  ] as const;
  const others = wishes.filter(([, wish, found]) => wish !== null && wish !== found);
  if (others.length === 0) return;
  const said = others
    .map(([key, wish, found]) => `${key} is ${found} there, and not ${maskSecrets(wish ?? "")}`)
    .join("; ");
  throw new AgentError("usage", `${request.file.path} exists, and is not overwritten: ${said}`, {
    subject: request.file.path,
    hint: "edit that file and restart the agent, or move it away and run init again",
  });
}

/** The file beside agent.yaml with a new key, unless a person chose another one. */
export function defaultIdentity({ path: configPath, scope }: AgentFile): string {
  return beside(configPath, scope.identityName);
}

/** The ssh key of the host or the user, where it can decrypt and no identity was made yet; else null. */
export async function findSshIdentity(file: AgentFile): Promise<string | null> {
  const { sshKey } = file.scope;
  if (await isThere(defaultIdentity(file))) return null;
  return await loadIdentities([sshKey]).then(
    () => sshKey,
    () => null,
  );
}

/**
 * The private key for secrets, made where it is missing and belongs beside agent.yaml.
 * @returns `recipient`: its public half; null when there is none, or none yet
 * @throws AgentError `identity-unusable`, `host-write-failed`
 */
export async function provideIdentity(
  { file: { path: configPath }, config }: Setup,
  isDry: boolean,
): Promise<{ readonly step: InitStep | null; readonly recipient: string | null }> {
  const [file] = config.identities;
  if (file === undefined) return { step: null, recipient: null };
  const what = "the private key for this host's secrets";
  const isMissing = !(await isThere(file)) && path.dirname(file) === path.dirname(configPath);
  if (isMissing && isDry) return { step: { state: "wanted", path: file, what }, recipient: null };
  if (isMissing) {
    await makeConfigDirectory(path.dirname(file));
    const { recipient } = await generateIdentityFile({ file, postQuantum: false, now: Date.now() });
    return { step: { state: "made", path: file, what }, recipient };
  }
  const { identities } = await loadIdentities([file]);
  const recipient = (await identities[0]?.describeRecipient()) ?? null;
  return { step: { state: "found", path: file, what }, recipient };
}

/**
 * The deploy key that agent.yaml names; nothing for a repository that needs none.
 * @returns `publicKey`: a line for the forge; null when there is none, or none yet
 * @throws AgentError `host-write-failed`, `config-invalid`
 */
export async function provideDeployKey(
  { config }: Setup,
  isDry: boolean,
): Promise<{ readonly step: InitStep | null; readonly publicKey: string | null }> {
  const file = config.repository.sshKey;
  if (file === undefined) return { step: null, publicKey: null };
  const what = "the deploy key, which reads the repository";
  const found = await readDeployKey(file);
  if (found !== null) return { step: { state: "found", path: file, what }, publicKey: found };
  if (isDry) return { step: { state: "wanted", path: file, what }, publicKey: null };
  await makeConfigDirectory(path.dirname(file));
  const publicKey = await makeDeployKey(file, `gitops-agent@${config.host}`);
  return { step: { state: "made", path: file, what }, publicKey };
}

/** @throws AgentError `host-write-failed` */
export async function provideConfig(
  { file: { path: configPath }, newText }: Setup,
  isDry: boolean,
): Promise<InitStep> {
  const step = { path: configPath, what: "what this host follows" };
  if (newText === null) return { ...step, state: "found" };
  if (isDry) return { ...step, state: "wanted" };
  await makeConfigDirectory(path.dirname(configPath));
  await writeConfigFile(configPath, newText);
  return { ...step, state: "made" };
}

function beside(configPath: string, name: string): string {
  return path.join(path.dirname(path.resolve(configPath)), name);
}
