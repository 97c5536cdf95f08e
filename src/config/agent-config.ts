/** agent.yaml → AgentConfig, with every default filled in. Reads nothing; the rules are in agent-schema.ts. */

import type { z } from "zod";
import type { GateSettings } from "../core/gate/gate.ts";
import { parseWindow } from "../core/gate/windows.ts";
import type { DriftSettings } from "../core/model/drift.ts";
import type { Diagnostic } from "../core/model/errors.ts";
import type { HostLayout, LayoutPaths } from "../core/model/host-layout.ts";
import type { IntegrationSettings } from "../core/model/integration-settings.ts";
import type { LogSettings } from "../core/model/log-settings.ts";
import { type ManagerScope, makeLayout, nameHost } from "../core/model/manager-scope.ts";
import type { Followed, RepositoryAccess, VerifyRules } from "../core/model/repository-access.ts";
import { parseDurationMs } from "../lib/duration.ts";
import { agentDefaults } from "./agent-defaults.ts";
import { agentSchema } from "./agent-schema.ts";
import { parseDocument } from "./document.ts";
import { toIntegrations } from "./integrations.ts";
import { checkDirectoryName } from "./names.ts";
import { dropAbsent } from "./schema-parts.ts";

export interface AgentConfig {
  readonly repository: RepositoryAccess;
  /** Name of this host in the repository. */
  readonly host: string;
  readonly intervalMs: number;
  /** Files with private keys, tried in this order. */
  readonly identities: readonly string[];
  /** Whose commits to trust; null: commits are not verified, so everybody who can push to the repository is trusted. */
  readonly verify: VerifyRules | null;
  /** Unit names and globs, in addition to those that are protected by default. */
  readonly protect: readonly string[];
  /** Unit names and globs that lift the protection. */
  readonly allowProtected: readonly string[];
  readonly prune: boolean;
  readonly allowEmpty: boolean;
  /** How many of the host's units a revision may remove without a question to a person: percent, 0 to 100. */
  readonly pruneLimitPercent: number;
  /** The host as this file and the manager have it. */
  readonly layout: HostLayout;
  readonly log: LogSettings;
  readonly drift: DriftSettings;
  readonly gate: GateSettings;
  readonly integrations: IntegrationSettings;
}

/** Where agent.yaml stands. */
export interface ConfigPlace {
  /** How diagnostics name the file. */
  readonly file: string;
  /** Part of what `host` is when the file does not say. */
  readonly hostname: string;
  readonly scope: ManagerScope;
}

const shownIdLength = 12;

type Input = z.output<typeof agentSchema>;

/**
 * Parses the text of agent.yaml. `config` is null when there is an error, and `diagnostics` then has all of them.
 * Never throws.
 */
export function parseAgentConfig(
  text: string,
  { file, hostname, scope }: ConfigPlace,
): { readonly config: AgentConfig | null; readonly diagnostics: readonly Diagnostic[] } {
  const { value, diagnostics } = parseDocument(text, file, agentSchema);
  if (value === null) return { config: null, diagnostics };
  const name = value.host ?? nameHost(scope, hostname);
  if (value.host === undefined && checkDirectoryName(name) !== null) {
    return { config: null, diagnostics: [explainHostname(name, file)] };
  }
  return { config: toConfig(value, name, scope), diagnostics };
}

function toConfig(input: Input, host: string, scope: ManagerScope): AgentConfig {
  return {
    repository: toRepository(input.repository),
    host,
    intervalMs: parseDurationMs(input.interval ?? agentDefaults.interval) ?? 0,
    identities: input.identities ?? [],
    verify: toVerify(input.verify ?? null),
    protect: input.protect ?? [],
    allowProtected: input["allow-protected"] ?? [],
    prune: input.prune ?? agentDefaults.prune,
    allowEmpty: input["allow-empty"] ?? agentDefaults.allowEmpty,
    pruneLimitPercent: Number.parseInt(input["prune-limit"] ?? agentDefaults.pruneLimit, 10),
    layout: makeLayout(scope, toPaths(input.paths ?? {}, scope.paths)),
    log: {
      format: input.log?.format ?? agentDefaults.logFormat,
      level: input.log?.level ?? agentDefaults.logLevel,
    },
    gate: {
      windows: (input.windows ?? []).flatMap((window) => parseWindow(window) ?? []),
      confirm: input.confirm ?? agentDefaults.confirm,
    },
    drift: {
      remindMs: parseDurationMs(input.drift?.remind ?? ""),
      graceMs: parseDurationMs(input.drift?.grace ?? agentDefaults.driftGrace) ?? 0,
    },
    integrations: toIntegrations(input),
  };
}

function toRepository(input: Input["repository"]): RepositoryAccess {
  const access = typeof input === "string" ? { url: input } : input;
  const followed = toFollowed(access);
  return {
    url: access.url,
    branch: nameFollowed(followed),
    followed,
    ...dropAbsent({
      sshKey: access["ssh-key"],
      knownHosts: access["known-hosts"],
      tokenFile: access["token-file"],
    }),
  };
}

function toFollowed(access: Exclude<Input["repository"], string>): Followed {
  if (access.commit !== undefined) return { kind: "commit", name: access.commit };
  if (access.tag !== undefined) return { kind: "tag", name: access.tag };
  return { kind: "branch", name: access.branch ?? agentDefaults.branch };
}

/** The name to show. A branch name has no space, so branches, tags and commits cannot be confused. */
function nameFollowed({ kind, name }: Followed): string {
  if (kind === "branch") return name;
  return kind === "tag" ? `tag ${name}` : `commit ${name.slice(0, shownIdLength)}`;
}

function toVerify(input: Input["verify"] | null): VerifyRules | null {
  if (input === null || input === undefined) return null;
  return {
    commits: input.commits ?? agentDefaults.verifiedCommits,
    ...dropAbsent({ allowedSigners: input["allowed-signers"], gpgKeys: input["gpg-keys"] }),
  };
}

function toPaths(input: NonNullable<Input["paths"]>, usual: LayoutPaths): LayoutPaths {
  return {
    unitDirectory: input["unit-directory"] ?? usual.unitDirectory,
    quadletDirectory: input["quadlet-directory"] ?? usual.quadletDirectory,
    stateDirectory: input["state-directory"] ?? usual.stateDirectory,
    runtimeDirectory: input["runtime-directory"] ?? usual.runtimeDirectory,
  };
}

function explainHostname(host: string, file: string): Diagnostic {
  return {
    severity: "error",
    code: "missing-key",
    file,
    line: 1,
    column: 1,
    message: `missing key "host": the host name ${JSON.stringify(host)} cannot be used as a name here`,
    hint: "add host: with the name of this host in the repository",
  };
}
