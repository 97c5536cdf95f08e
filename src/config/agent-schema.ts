/**
 * The schema of agent.yaml: the one definition behind validation and the JSON Schema for editors.
 * Accepts input as written; agent-config.ts makes the typed configuration of it.
 */

import * as z from "zod";
import { parseWindow } from "../core/gate/windows.ts";
import { systemConfigDirectory } from "../core/model/system-layout.ts";
import { repositorySection, repositoryUrl } from "./access-schema.ts";
import { agentDefaults } from "./agent-defaults.ts";
import { commitStatusSection, findForgeProblems } from "./commit-status-schema.ts";
import { metricsSection } from "./metrics-schema.ts";
import {
  checkAbsolutePath,
  checkDirectoryName,
  checkFilePath,
  checkUnitPattern,
  type Problem,
} from "./names.ts";
import { notifyList } from "./notify-schema.ts";
import { publishSection } from "./publish-schema.ts";
import { duration, type FieldProblem, flag, listOf, section, text, withRules } from "./schema-parts.ts";
import { webhookSection } from "./webhook-schema.ts";

const minIntervalMs = 5000;
/** Far below 2³¹ ms, beyond which a timer of Node fires at once. */
const maxIntervalMs = 7 * 86_400_000;

const minRemindMs = 60_000;
const maxGraceMs = 3_600_000;

const sharePattern = "^(100|[1-9]?[0-9])%$";

const filePath = text("an absolute path", checkFilePath, "^/");
const directory = text("an absolute path", checkAbsolutePath, "^/");
const unitPatterns = listOf("a list of unit names", text("a unit name", checkUnitPattern));

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

const keys = section("a map of keys", {
  repository: z
    .union([repositoryUrl, repositorySection], "the URL of a git repository, or a map with url")
    .meta({
      description: "The repository that this host follows: its URL or path, or a map.",
    }),
  host: text("a name", checkDirectoryName, "^[A-Za-z0-9][A-Za-z0-9._@-]*$").optional().meta({
    description:
      "Name of this host in the repository (hosts/<name>). Default: the host name; for the agent of a user, user@host name.",
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
  windows: listOf("a list of windows", text("a window such as Mon..Fri 02:00..05:00", checkWindow))
    .nullish()
    .meta({
      description:
        "When changes may be made, in the local time of this host. Without it: at any time. What is applied is looked after all the time.",
      examples: [["Mon..Fri 02:00..05:00", "Sat,Sun 22:00..06:00"]],
      default: [],
    }),
  confirm: flag().optional().meta({
    description: "Whether a person has to approve each new revision: gitops-agent approve.",
    default: agentDefaults.confirm,
  }),
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
  webhook: webhookSection.nullish().meta({
    description: "Webhooks of the forge, which make the agent ask the repository at once. Without it: none.",
  }),
  "commit-status": commitStatusSection.nullish().meta({
    description: "Tells the forge how far this host is with a commit. Without it: nothing is told.",
  }),
  publish: publishSection.nullish().meta({
    description: "Status and events for a message queue. Without it: none are published.",
  }),
  notify: notifyList
    .nullish()
    .meta({ description: "Who is told when something is wrong, and when it is over.", default: [] }),
  metrics: metricsSection.nullish().meta({ description: "Metrics for Prometheus. Without it: none." }),
});

export const agentSchema = withRules(keys, findForgeProblems).meta({
  title: "agent.yaml",
  description: "Configuration of gitops-agent on one host.",
});

function checkWindow(window: string): Problem | null {
  if (parseWindow(window) !== null) return null;
  return {
    message: "expected days and a span of time such as Mon..Fri 02:00..05:00",
    hint: "days: Mon, Tue,Thu, Mon..Fri, or none for every day; a span that ends before it begins ends on the next day",
  };
}

function checkShare(share: string): Problem | null {
  if (new RegExp(sharePattern).test(share)) return null;
  return { message: "expected a share between 0% and 100%", hint: "write a whole number and %: 50%" };
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
