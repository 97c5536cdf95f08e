/**
 * The schema of agent.yaml: the one definition behind validation and the JSON Schema for editors.
 * Accepts input as written; agent-config.ts makes the typed configuration of it.
 */

import * as z from "zod";
import { systemConfigDirectory } from "../core/model/host-layout.ts";
import { isRefName } from "../core/model/ref-name.ts";
import { agentDefaults } from "./agent-defaults.ts";
import {
  checkAbsolutePath,
  checkDirectoryName,
  checkFilePath,
  checkUnitPattern,
  type Problem,
} from "./names.ts";
import { checkRepositoryUrl, findTransport } from "./repository-url.ts";
import { duration, type FieldProblem, flag, listOf, section, text, withRules } from "./schema-parts.ts";

const minIntervalMs = 5000;
/** Far below 2³¹ ms, beyond which a timer of Node fires at once. */
const maxIntervalMs = 7 * 86_400_000;

const minRemindMs = 60_000;
const maxGraceMs = 3_600_000;

const commitPattern = "^([0-9a-f]{40}|[0-9a-f]{64})$";

const sharePattern = "^(100|[1-9]?[0-9])%$";

const filePath = text("an absolute path", checkFilePath, "^/");
const directory = text("an absolute path", checkAbsolutePath, "^/");
const url = text("the URL of a git repository", checkRepositoryUrl);
const unitPatterns = listOf("a list of unit names", text("a unit name", checkUnitPattern));

const repositorySection = withRules(
  section("a map with url, what to follow and how to log in", {
    url: url.meta({ description: "URL of the git repository (https or ssh), or an absolute path." }),
    branch: text("the name of a branch", checkBranch).optional().meta({
      description: "Branch to follow.",
      default: agentDefaults.branch,
    }),
    tag: text("the name of a tag", checkTag).optional().meta({
      description: "Tag to follow instead of a branch, also when it is moved.",
    }),
    commit: text("the id of a commit", checkCommit, commitPattern).optional().meta({
      description: "The one commit to apply instead of following a branch: its full id.",
    }),
    "ssh-key": filePath.optional().meta({ description: "Private key for an ssh URL." }),
    "known-hosts": filePath.optional().meta({ description: "Host keys to accept for an ssh URL." }),
    "token-file": filePath.optional().meta({ description: "File with the access token for an https URL." }),
  }),
  (value) => [...findSeveralFollowed(value), ...findMisplacedAccess(value)],
);

const verifySection = withRules(
  section("a map with allowed-signers or gpg-keys", {
    "allowed-signers": filePath.optional().meta({
      description:
        "File with the SSH keys that may sign commits, as ssh-keygen(1) describes it under ALLOWED SIGNERS.",
      examples: [`${systemConfigDirectory}/allowed_signers`],
    }),
    "gpg-keys": filePath.optional().meta({
      description: "File with the OpenPGP public keys that may sign commits (gpg --export). Needs gpg.",
      examples: [`${systemConfigDirectory}/keys.asc`],
    }),
    commits: z.enum(["every", "tip"]).optional().meta({
      description: "Whether every new commit must be signed, or only the one that is applied.",
      default: agentDefaults.verifiedCommits,
    }),
  }),
  findMissingKeys,
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
      examples: [[`${systemConfigDirectory}/identity.txt`, "/etc/ssh/ssh_host_ed25519_key"]],
      default: [],
    }),
  verify: verifySection.nullish().meta({
    description: "Whose signed commits to trust. Without it: whoever can push to the repository.",
  }),
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
  "prune-limit": text("a share such as 50%", checkShare, sharePattern).optional().meta({
    description:
      "How much of its units a revision may take from this host before a person is asked; three units or more count. 100% never asks.",
    default: agentDefaults.pruneLimit,
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
  drift: section("a map with remind and grace", {
    remind: duration(minRemindMs, maxIntervalMs)
      .optional()
      .meta({
        description: "How often drift that lasts is reported again. Without it: never.",
        examples: ["24h"],
      }),
    grace: duration(0, maxGraceMs).optional().meta({
      description:
        "How long a unit must be otherwise than git wants before it is reported. Files are reported at once.",
      default: agentDefaults.driftGrace,
    }),
  })
    .nullish()
    .meta({ description: "How drift is reported." }),
}).meta({ title: "agent.yaml", description: "Configuration of gitops-agent on one host." });

function checkBranch(branch: string): Problem | null {
  return isNameAlone(branch)
    ? null
    : { message: "this cannot be the name of a branch", hint: "write the name alone: main" };
}

function checkTag(tag: string): Problem | null {
  return isNameAlone(tag)
    ? null
    : { message: "this cannot be the name of a tag", hint: "write the name alone: v1" };
}

/** git also accepts `refs/heads/main` as the name of a branch or tag, but here that is always a mistake. */
function isNameAlone(name: string): boolean {
  return isRefName(name) && !name.startsWith("refs/");
}

/** Requires the whole id, because an abbreviated id could name another commit later. */
function checkCommit(id: string): Problem | null {
  if (new RegExp(commitPattern).test(id)) return null;
  return {
    message: "expected the full id of a commit: 40 hexadecimal digits in lower case",
    hint: "git rev-parse NAME prints it",
  };
}

function checkShare(share: string): Problem | null {
  if (new RegExp(sharePattern).test(share)) return null;
  return { message: "expected a share between 0% and 100%", hint: "write a whole number and %: 50%" };
}

function findSeveralFollowed(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const [first, ...others] = ["branch", "tag", "commit"].filter((key) => value[key] !== undefined);
  return others.map((key) => ({
    path: [key],
    message: `${first} and ${key} exclude each other`,
    hint: "follow one: a branch, a tag or a commit",
  }));
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

/** Without keys no commit could be trusted, and to read it as "verify nothing" would be worse. So it is an error. */
function findMissingKeys(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  if (value["allowed-signers"] !== undefined || value["gpg-keys"] !== undefined) return [];
  return [
    {
      path: [],
      message: "verify names no keys",
      hint: "add allowed-signers: (SSH keys) or gpg-keys: (OpenPGP keys), or remove verify",
    },
  ];
}
