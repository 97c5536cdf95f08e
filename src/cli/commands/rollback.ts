/** `gitops-agent rollback`: shows what going back would change, asks, and tells the agent to go back and stay there. */
import { preparePlan, refuseForbidden, settingsFor } from "../../agent/prepare.ts";
import { listFileDifferences } from "../../core/drift/file-diff.ts";
import { findSuspension } from "../../core/gate/gate.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { Intent } from "../../core/model/intent.ts";
import type { Inventory } from "../../core/model/inventory.ts";
import type { Revision } from "../../core/model/revision.ts";
import { findApplied, findEarlier, findSync } from "../../core/record/find-sync.ts";
import type { AgentFile } from "../agent-file.ts";
import { type Composition, compose, loadAgentConfig } from "../compose.ts";
import { readHostText } from "../compose-files.ts";
import { findInvokingUser } from "../invoking-user.ts";
import { readScreen, writeText } from "../output.ts";
import { describeFileDiff, renderFileDiffs } from "../render/diff.ts";
import { renderPlan } from "../render/plan.ts";
import { askYesNo, hasPerson } from "../terminal.ts";
import { runSync } from "./sync.ts";

interface RollbackOptions {
  readonly config: AgentFile;
  readonly json: boolean;
  readonly because: string | null;
  readonly untilNext: boolean;
  /** True: nobody is asked. */
  readonly isSure: boolean;
}

/**
 * Goes back to a revision that was applied before.
 * @param name the beginning of a commit id or `@N`; null: the revision that was applied before the present one
 * @throws AgentError `usage`, `revision-not-found`, and what makes the revision unusable now
 */
export async function runRollback(name: string | null, options: RollbackOptions): Promise<ExitCode> {
  const { config, because, untilNext, isSure } = options;
  if (!isSure && (options.json || !hasPerson())) {
    throw new AgentError("usage", "nobody can be asked here", {
      hint: "add --yes to go back without a question",
    });
  }
  const composition = compose(await loadAgentConfig(config), []);
  let revision: Revision;
  try {
    revision = await findRevision(composition, name);
    const preview = await renderPreview(composition, revision);
    if (!options.json) writeText(preview);
  } finally {
    composition.close();
  }
  if (!isSure && !(await askYesNo("Go back?"))) return ExitCode.differences;
  const by = findInvokingUser(process.env);
  const decision = { kind: "roll-back", by, because, commit: revision.commit, untilNext } as const;
  return runSync({ config, json: options.json, request: { modes: [], adopt: [], decisions: [decision] } });
}

async function findRevision({ ports }: Composition, name: string | null): Promise<Revision> {
  const [history, intent, inventory] = [
    await ports.history.load(),
    await ports.state.loadIntent(),
    await ports.state.loadInventory(),
  ];
  const applied = requireFree(intent, inventory);
  const revision =
    name === null
      ? findEarlier(history, applied)
      : findApplied(history, findSync(history, name).revision.commit);
  if (revision === null) {
    throw new AgentError("revision-not-found", "no other revision was applied on this host before", {
      hint: "gitops-agent history lists what was",
    });
  }
  if (revision.commit === applied.commit) {
    throw new AgentError("usage", `the host has ${revision.commit.slice(0, 7)} already`, {
      hint: "gitops-agent history shows what was applied before it",
    });
  }
  return revision;
}

/** The applied revision of a host that may be changed. */
function requireFree(intent: Intent, { revision, applying }: Inventory): Revision {
  if (findSuspension(intent, Date.now()) !== null) {
    throw new AgentError("usage", "this host is suspended", { hint: "first gitops-agent resume" });
  }
  if (revision === null || applying !== null) {
    throw new AgentError(
      "usage",
      "there is nothing to go back from: a revision is being applied, or none ever was",
      {
        hint: "wait for its end: gitops-agent status",
      },
    );
  }
  return revision;
}

/** The plan, the files line by line, and what the same would be for all hosts. */
async function renderPreview({ ports, settings }: Composition, revision: Revision): Promise<string> {
  const [inventory, intent] = [await ports.state.loadInventory(), await ports.state.loadIntent()];
  const decided = settingsFor(settings, intent, revision);
  const { signal } = new AbortController();
  const prepared = await preparePlan(ports, decided, revision, inventory, signal);
  refuseForbidden(prepared.plan);
  const { plan, warnings, desired, applied, observed } = prepared;
  const diffs = [];
  for (const difference of listFileDifferences(desired, applied, observed)) {
    diffs.push(describeFileDiff(difference, await readHostText(difference.path)));
  }
  const screen = readScreen();
  const range = `${revision.commit.slice(0, 12)}..${inventory.revision?.commit.slice(0, 12) ?? ""}`;
  return [
    renderFileDiffs(diffs, screen),
    renderPlan(plan, warnings, { ...screen, explain: false, unmentioned: [] }),
    `This is for this host only. The same for all hosts: git revert ${range}, and push.\n`,
  ].join("\n");
}
