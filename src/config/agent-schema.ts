/**
 * The schema of agent.yaml: the one definition behind validation, the JSON Schema for editors and the defaults.
 * Accepts input as written; agent-config.ts makes the typed configuration of it.
 */

import { z } from "zod";
import {
  checkAbsolutePath,
  checkDirectoryName,
  checkFilePath,
  checkUnitPattern,
  type Problem,
} from "./names.ts";
import { checkRepositoryUrl, findTransport } from "./repository-url.ts";
import { duration, type FieldProblem, flag, listOf, section, text, withRules } from "./schema-parts.ts";

export const agentDefaults = {
  branch: "main",
  interval: "60s",
  prune: true,
  allowEmpty: false,
  unitDirectory: "/etc/systemd/system",
  quadletDirectory: "/etc/containers/systemd",
  stateDirectory: "/var/lib/gitops-agent",
  runtimeDirectory: "/run/gitops-agent",
  logFormat: "text",
  logLevel: "info",
} as const;

const minIntervalMs = 5000;
/** Far below 2³¹ ms, beyond which a timer of Node fires at once. */
const maxIntervalMs = 7 * 86_400_000;

const filePath = text("an absolute path", checkFilePath, "^/");
const directory = text("an absolute path", checkAbsolutePath, "^/");
const url = text("the URL of a git repository", checkRepositoryUrl);
const unitPatterns = listOf("a list of unit names", text("a unit name", checkUnitPattern));

const repositorySection = withRules(
  section("a map with url, branch and how to log in", {
    url: url.meta({ description: "URL of the git repository (https or ssh), or an absolute path." }),
    branch: text("the name of a branch", checkBranch).optional().meta({
      description: "Branch to follow.",
      default: agentDefaults.branch,
    }),
    "ssh-key": filePath.optional().meta({ description: "Private key for an ssh URL." }),
    "known-hosts": filePath.optional().meta({ description: "Host keys to accept for an ssh URL." }),
    "token-file": filePath.optional().meta({ description: "File with the access token for an https URL." }),
  }),
  findMisplacedAccess,
);

export const agentSchema = section("a map of keys", {
  repository: z.union([url, repositorySection], "the URL of a git repository, or a map with url").meta({
    description: "The repository that this host follows: its URL or path, or a map.",
  }),
  host: text("a name", checkDirectoryName, "^[A-Za-z0-9][A-Za-z0-9._-]*$").optional().meta({
    description: "Name of this host in the repository (hosts/<name>). Default: the host name.",
  }),
  interval: duration(minIntervalMs, maxIntervalMs).optional().meta({
    description: "How often to ask the repository for news. A local repository is watched besides.",
    default: agentDefaults.interval,
  }),
  identities: listOf("a list of paths", filePath)
    .nullish()
    .meta({
      description:
        "Files with the private keys that decrypt this host's secrets: age identities or ssh-ed25519 keys.",
      examples: [["/etc/gitops-agent/identity.txt", "/etc/ssh/ssh_host_ed25519_key"]],
      default: [],
    }),
  verify: withRules(
    section("a map with allowed-signers", {
      "allowed-signers": filePath.optional().meta({
        description:
          "Not supported by this version, which refuses it: file with the keys that may sign commits.",
      }),
    }),
    findUnsupportedVerification,
  )
    .nullish()
    .meta({ description: "Which commits to trust." }),
  protect: unitPatterns.nullish().meta({
    description: "More units, by name or pattern, that the agent must never touch.",
    default: [],
  }),
  "allow-protected": unitPatterns.nullish().meta({
    description: "Units that are protected by default and may be touched all the same.",
    default: [],
  }),
  prune: flag().optional().meta({
    description: "Whether to remove what the repository no longer has.",
    default: agentDefaults.prune,
  }),
  "allow-empty": flag().optional().meta({
    description: "Whether a revision without any unit may remove everything.",
    default: agentDefaults.allowEmpty,
  }),
  paths: section("a map of directories", {
    "unit-directory": directory.optional().meta({
      description: "Where units are written.",
      default: agentDefaults.unitDirectory,
    }),
    "quadlet-directory": directory.optional().meta({
      description: "Where quadlets are written.",
      default: agentDefaults.quadletDirectory,
    }),
    "state-directory": directory.optional().meta({
      description: "Clone, inventory and backups.",
      default: agentDefaults.stateDirectory,
    }),
    "runtime-directory": directory.optional().meta({
      description: "Sockets and decrypted credentials; must be memory-backed.",
      default: agentDefaults.runtimeDirectory,
    }),
  })
    .nullish()
    .meta({ description: "Where the agent keeps and writes things." }),
  log: section("a map with format and level", {
    format: z.enum(["text", "json"]).optional().meta({
      description: "Lines for people or JSON objects.",
      default: agentDefaults.logFormat,
    }),
    level: z.enum(["warning", "notice", "info", "debug"]).optional().meta({
      description: "The least important level that is logged.",
      default: agentDefaults.logLevel,
    }),
  })
    .nullish()
    .meta({ description: "The agent's log." }),
}).meta({ title: "agent.yaml", description: "Configuration of gitops-agent on one host." });

/** The rules of git-check-ref-format(1) that a branch name can break. */
function checkBranch(branch: string): Problem | null {
  const isBad =
    /^[-/]|^refs\/|[\s\p{Cc}~^:?*[\\]|\.\.|\/[/.]|^\.|@\{|[/.]$|\.lock(?:\/|$)/u.test(branch) ||
    ["", "@"].includes(branch);
  return isBad
    ? { message: "this cannot be the name of a branch", hint: "write the name alone: main" }
    : null;
}

function findMisplacedAccess(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const transport = typeof value["url"] === "string" ? findTransport(value["url"]) : null;
  if (transport === null) return [];
  const problems: FieldProblem[] = [];
  for (const key of ["ssh-key", "known-hosts"]) {
    if (value[key] !== undefined && transport !== "ssh") {
      problems.push({ path: [key], message: `${key} is for ssh only, and the url is not an ssh one` });
    }
  }
  if (value["token-file"] !== undefined && transport !== "https") {
    const hint = transport === "ssh" ? "use ssh-key" : "use an https URL, or remove token-file";
    problems.push({
      path: ["token-file"],
      message: "token-file is for https only, and the url is not https",
      hint,
    });
  }
  return problems;
}

/** Ignoring it would let an administrator believe that commits are verified. */
function findUnsupportedVerification(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  if (value["allowed-signers"] === undefined) return [];
  return [
    {
      path: ["allowed-signers"],
      message: "verifying signatures is not supported by this version",
      hint: "remove the setting; until then the agent trusts whoever can push to the repository",
      unsupported: true,
    },
  ];
}
