/** The schema of `commit-status:` in agent.yaml. */
import * as z from "zod";
import { guessForge } from "./forge.ts";
import { checkFilePath, type Problem } from "./names.ts";
import { type FieldProblem, isRecord, section, text } from "./schema-parts.ts";

export const commitStatusSection = section("a map with token-file", {
  forge: z.enum(["github", "gitlab", "gitea", "forgejo"]).optional().meta({
    description:
      "What kind of forge the repository is on. Default: as its host says (github.com, gitlab.com, codeberg.org).",
  }),
  "token-file": text("an absolute path", checkFilePath, "^/").meta({
    description: "File with an access token that may write commit statuses.",
  }),
  "api-url": text("the URL of the forge's API", checkApiUrl, "^https?://")
    .optional()
    .meta({
      description: "Where the forge's API is. Default: as usual for the host of the repository.",
      examples: ["https://git.example.org/api/v1"],
    }),
  project: text("the path of the repository on the forge", checkProject)
    .optional()
    .meta({
      description: "The repository on the forge. Default: as in the repository's URL.",
      examples: ["ops/hosts"],
    }),
});

/** What is missing, because the repository's URL does not tell it. */
export function findForgeProblems(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const { "commit-status": status, repository } = value;
  if (!isRecord(status)) return [];
  const url = isRecord(repository) ? repository["url"] : repository;
  const guess = guessForge(typeof url === "string" ? url : "");
  const needed = [
    ["forge", guess.forge, "forge: github, gitlab, gitea or forgejo"],
    ["project", guess.project, "project: with its path on the forge, such as ops/hosts"],
    ["api-url", guess.host, "api-url: such as https://git.example.org/api/v1"],
  ] as const;
  return needed
    .filter(([key, guessed]) => status[key] === undefined && guessed === null)
    .map(([key, , hint]) => ({
      path: ["commit-status"],
      message: `missing key "${key}": the URL of the repository does not tell it`,
      hint: `add ${hint}`,
    }));
}

function checkApiUrl(url: string): Problem | null {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isHttp = parsed !== null && ["http:", "https:"].includes(parsed.protocol);
  if (!isHttp) return { message: "expected a URL that begins with https:// or http://" };
  if (parsed.username === "" && parsed.password === "" && parsed.search === "") return null;
  return {
    message: "a URL with a login or a query is not allowed here",
    hint: "token-file: names the file with the token",
  };
}

function checkProject(project: string): Problem | null {
  if (/^[^/\s]+(?:\/[^/\s]+)+$/.test(project)) return null;
  return {
    message: "expected a path such as ops/hosts",
    hint: "as in the URL of the repository, without .git",
  };
}
