/** `gitops-agent drift adopt`: prints what is on this host as a patch that `git apply` takes. Changes nothing. */
import { ExitCode } from "../../core/model/errors.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import type { AgentFile } from "../agent-file.ts";
import { requireReadableState } from "../ask.ts";
import { compose, loadAgentConfig } from "../compose.ts";
import { readDriftStatus, requireKnownNames } from "../drift-list.ts";
import { makeAdoptionPatch } from "../drift-patch.ts";
import { writeText } from "../output.ts";
import { renderGitPatch } from "../render/git-patch.ts";
import { formatRevision } from "../render/quantities.ts";

export async function runDriftAdopt(
  names: readonly string[],
  options: { readonly config: AgentFile },
): Promise<ExitCode> {
  const config = await loadAgentConfig(options.config);
  await requireReadableState(config.layout.stateDirectory);
  const status = await readDriftStatus(options.config);
  const composition = compose(config, []);
  try {
    const { revision, files, notes } = await makeAdoptionPatch(composition, names, status.drift);
    if (files.length === 0 && notes.length === 0) requireKnownNames(names, status);
    const patch = renderGitPatch(files);
    writeText(patch);
    const say = (text: string) => process.stderr.write(`${escapeUnprintable(text)}\n`);
    for (const { text, isRefusal } of notes) say(`${isRefusal ? "not adopted" : "note"}: ${text}`);
    if (patch === "") say(`nothing to adopt: the patch is empty`);
    else say(`the patch is against ${formatRevision(revision)}`);
    return notes.some(({ isRefusal }) => isRefusal) ? ExitCode.failed : ExitCode.inSync;
  } finally {
    composition.close();
  }
}
