/**
 * Validates the units of a revision as a whole before anything is written: stages them in one private directory, lets
 * systemd's and podman's own checkers read them, and judges their messages. Must not change the host, and runs
 * nothing of the repository: `systemd-analyze verify` starts no unit and, without --generators, no generator either.
 */
import { type Diagnostic, dropRepeats } from "../../core/model/errors.ts";
import type { HostLayout } from "../../core/model/host-layout.ts";
import { mapConcurrently } from "../../lib/concurrency.ts";
import { type KnownKeys, readKnownKeys } from "./keys.ts";
import { judgeLine, readVerifyOutput, type VerifyMessage } from "./messages.ts";
import { StagedText } from "./places.ts";
import { verifyQuadlets } from "./quadlets.ts";
import { reportMessages } from "./report.ts";
import { runChecker } from "./run.ts";
import { type Stage, type StageInput, withStage } from "./stage.ts";
import { listSubjects } from "./subjects.ts";

export type VerifyInput = StageInput;

const program = "systemd-analyze";
/**
 * Units per run. Each run finds all units on its search path, so this number changes only the time, which grows faster
 * than the number of units in one run: 1,000 take 0.4 s, 5,000 take 7 s, and 5,000 in runs of 500 take 3 s.
 */
const unitsPerRun = 500;
const parallelRuns = 2;
const timeoutMs = 60_000;

/**
 * What systemd and podman say about the desired units, with repository paths and lines. An error is a reason to reject
 * the revision. Every other message, also one that the agent does not know, is a warning. When systemd-analyze is not
 * installed, one warning says so.
 * @throws AgentError `systemd-unreachable` when a checker does not end or is killed; Error of the operating system
 *   when the stage cannot be written; the signal's reason
 */
export async function verifyUnits(input: VerifyInput, signal: AbortSignal): Promise<readonly Diagnostic[]> {
  if (![...input.desired.files.values()].some(({ unit }) => unit !== null)) return [];
  return withStage(input, async (stage) => {
    const isOurs = (hostPath: string) => input.ownedPaths.has(hostPath) || input.desired.files.has(hostPath);
    const ofQuadlets = await verifyQuadlets(stage, input.desired.layout, isOurs, signal);
    const messages = await readMessages(input, stage, signal);
    if (messages === null) return [...ofQuadlets, notInstalled];
    const managed = [...input.desired.files.values()].filter(({ role }) => role === "file");
    const ofUnits = reportMessages(messages, {
      text: new StagedText(stage.files),
      units: input.desired.units,
      managedPaths: new Set(managed.map(({ path }) => path)),
      knownKeys: await readKeysIfNeeded(messages, input.desired.layout, signal),
    });
    return [...dropRepeats([...ofQuadlets, ...ofUnits])].sort(compareByPlace);
  });
}

/** Null when systemd-analyze is not installed. */
async function readMessages(
  { desired }: VerifyInput,
  stage: Stage,
  signal: AbortSignal,
): Promise<readonly VerifyMessage[] | null> {
  const { layout } = desired;
  const manager = `--${layout.manager}`;
  const paths = await runChecker(program, ["unit-paths", manager], { timeoutMs, signal });
  if (paths === null) return null;
  const others = paths.stdout
    .split("\n")
    .filter((path) => path.startsWith("/") && path !== layout.unitDirectory);
  const environment = {
    SYSTEMD_UNIT_PATH: [stage.units, stage.foreign, ...others].join(":"),
    // The plain text on standard error, even when standard error is the journal.
    SYSTEMD_LOG_TARGET: "console",
    SYSTEMD_LOG_LEVEL: "info",
    SYSTEMD_LOG_COLOR: "0",
    SYSTEMD_LOG_LOCATION: "0",
  };
  const subjects = await listSubjects(desired, stage, others);
  const outputs = await mapConcurrently(cut(subjects, unitsPerRun), parallelRuns, (chunk) =>
    runChecker(program, ["verify", "--man=no", "--generators=no", manager, "--", ...chunk], {
      environment,
      timeoutMs,
      signal,
    }),
  );
  return outputs.flatMap((output) => readVerifyOutput(output?.stderr ?? ""));
}

function cut<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

async function readKeysIfNeeded(
  messages: readonly VerifyMessage[],
  { managerPrograms }: HostLayout,
  signal: AbortSignal,
): Promise<KnownKeys> {
  const isNeeded = messages.some(
    (message) => message.kind === "line" && judgeLine(message, () => null).unknown !== undefined,
  );
  return isNeeded ? readKnownKeys(managerPrograms, signal) : new Map();
}

function compareByPlace(left: Diagnostic, right: Diagnostic): number {
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return (left.line ?? 0) - (right.line ?? 0);
}

const notInstalled: Diagnostic = {
  severity: "warning",
  code: "not-verified",
  file: "units",
  message: "systemd's own validation of the units was skipped: systemd-analyze is not installed here",
  hint: "the agent validates them on each host before it changes anything",
};
