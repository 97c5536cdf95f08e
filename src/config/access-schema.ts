/** The schema of `repository:` in agent.yaml: where the repository is, what of it is followed, and how to log in. */
import { isRefName } from "../core/model/ref-name.ts";
import { agentDefaults } from "./agent-defaults.ts";
import { checkFilePath, type Problem } from "./names.ts";
import { checkRepositoryUrl, findTransport } from "./repository-url.ts";
import { type FieldProblem, section, text, withRules } from "./schema-parts.ts";

const commitPattern = "^([0-9a-f]{40}|[0-9a-f]{64})$";
const filePath = text("an absolute path", checkFilePath, "^/");

export const repositoryUrl = text("the URL of a git repository", checkRepositoryUrl);

export const repositorySection = withRules(
  section("a map with url, what to follow and how to log in", {
    url: repositoryUrl.meta({
      description: "URL of the git repository (https or ssh), or an absolute path.",
    }),
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
