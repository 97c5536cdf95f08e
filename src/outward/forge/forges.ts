/** How each forge takes the status of a commit. Must not know what the status means. */
import type { CommitState } from "../../core/health/commit-state.ts";
import type { CommitStatusSettings, Forge } from "../../core/model/integration-settings.ts";
import type { HttpAnswer, HttpRequest } from "../http-client.ts";

/** What stands beside the commit: which host says this. */
type Labelled = CommitState & { readonly context: string };

interface ForgeRow {
  /** Characters that the forge takes of the description. */
  readonly longestDescription: number;
  request(
    settings: CommitStatusSettings,
    token: string,
    state: Labelled,
  ): Pick<HttpRequest, "url" | "headers"> & {
    readonly fields: Readonly<Record<string, string>>;
  };
  /** Whether the answer says that the commit has this status already. */
  isRepeated?(answer: HttpAnswer): boolean;
}

/** GitLab has no `error`, and calls what is under way `running` once it has begun; `pending` is enough for us. */
const gitlabStates = { pending: "pending", success: "success", failure: "failed", error: "failed" } as const;

/** Gitea's API, which Forgejo shares: POST /repos/{owner}/{repo}/statuses/{sha}. */
const gitea: ForgeRow = {
  longestDescription: 255,
  request: ({ apiUrl, project }, token, { commit, state, description, context }) => ({
    url: `${apiUrl}/repos/${encodePath(project)}/statuses/${commit}`,
    headers: { authorization: `token ${token}` },
    fields: { state, description, context },
  }),
};

const forges: Readonly<Record<Forge, ForgeRow>> = {
  // docs.github.com, REST API, "Create a commit status": at most 140 characters.
  github: {
    longestDescription: 140,
    request: ({ apiUrl, project }, token, { commit, state, description, context }) => ({
      url: `${apiUrl}/repos/${encodePath(project)}/statuses/${commit}`,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
      },
      fields: { state, description, context },
    }),
  },
  // docs.gitlab.com, Commits API, "Set commit pipeline status".
  gitlab: {
    longestDescription: 255,
    request: ({ apiUrl, project }, token, { commit, state, description, context }) => ({
      url: `${apiUrl}/projects/${encodeURIComponent(project)}/statuses/${commit}`,
      headers: { "private-token": token },
      fields: { state: gitlabStates[state], description, name: context },
    }),
    isRepeated: ({ status, text }) => status === 400 && text.includes("Cannot transition status"),
  },
  gitea,
  forgejo: gitea,
};

export function makeStatusRequest(
  settings: CommitStatusSettings,
  token: string,
  host: string,
  state: CommitState,
): HttpRequest {
  const { longestDescription, request } = forges[settings.forge];
  const description = cut(state.description, longestDescription);
  const labelled = { ...state, description, context: `gitops-agent/${host}` };
  const { url, headers, fields } = request(settings, token, labelled);
  return {
    method: "POST",
    url,
    headers: { ...headers, "content-type": "application/json", "user-agent": "gitops-agent" },
    body: JSON.stringify(fields),
  };
}

/** Whether the forge has the status now. */
export function isTaken({ forge }: CommitStatusSettings, answer: HttpAnswer): boolean {
  return (answer.status >= 200 && answer.status < 300) || forges[forge].isRepeated?.(answer) === true;
}

function encodePath(project: string): string {
  return project.split("/").map(encodeURIComponent).join("/");
}

function cut(text: string, length: number): string {
  const line = text.replace(/\s+/gu, " ").trim();
  const characters = [...line];
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join("")}…`;
}
