/** `gitops-agent diff`: what a sync would change in the files of this host, and what was changed here by hand. */
import { chooseNext, prepareNext } from "../../agent/prepare-next.ts";
import { isAccepted, listFileDifferences, listUnknownNames } from "../../core/drift/file-diff.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { AgentFile } from "../agent-file.ts";
import { compose, loadAgentConfig } from "../compose.ts";
import { readHostText } from "../compose-files.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { describeFileDiff, type FileDiff, renderFileDiffs } from "../render/diff.ts";

export async function runDiff(
  names: readonly string[],
  options: { readonly config: AgentFile; readonly json: boolean },
): Promise<ExitCode> {
  const composition = compose(await loadAgentConfig(options.config), []);
  const { ports, settings } = composition;
  const { signal } = new AbortController();
  try {
    const next = await chooseNext(ports, signal);
    const prepared = await prepareNext(ports, settings, next, signal);
    requireKnown(listUnknownNames(names, prepared.desired, prepared.applied, prepared.observed));
    const differences = listFileDifferences(prepared.desired, prepared.applied, prepared.observed).filter(
      (difference) =>
        names.length === 0
          ? !isAccepted(difference, prepared.desired, prepared.applied)
          : names.includes(difference.path) || names.includes(difference.unit ?? ""),
    );
    const diffs: FileDiff[] = [];
    for (const difference of differences) {
      diffs.push(describeFileDiff(difference, await readHostText(difference.path)));
    }
    if (options.json) writeJson({ version: 1, revision: next.revision, differences: diffs });
    else writeText(renderFileDiffs(diffs, readScreen()));
    return diffs.length === 0 ? ExitCode.inSync : ExitCode.differences;
  } finally {
    composition.close();
  }
}

/** Fails for names that are not known: nothing was compared for them, so "no differences" would be a wrong answer. */
function requireKnown(unknown: readonly string[]): void {
  if (unknown.length === 0) return;
  const [first = ""] = unknown;
  const what = unknown.join(", ");
  throw new AgentError("usage", `nothing on this host comes from git as ${what}`, {
    hint: first.startsWith("/")
      ? "name the path on this host that git writes to; without arguments diff shows them all"
      : "name a unit with its ending (web.service), or an absolute path; without arguments diff shows all",
  });
}
