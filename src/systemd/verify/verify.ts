/**
 * Validates the units of a revision before anything is written: stages them in one private directory, lets systemd's and
 * podman's own checkers read those whose verdict is not known, and judges their messages. Must not change the host, and runs
 * nothing of the repository: `systemd-analyze verify` starts no unit and, without --generators, no generator either.
 */
import path from "node:path";
import { type Diagnostic, dropRepeats } from "../../core/model/errors.ts";
import type { HostLayout } from "../../core/model/host-layout.ts";
import { mapConcurrently } from "../../lib/concurrency.ts";
import { listCommon, tellSelfContained } from "./common-units.ts";
import { HostView } from "./host-view.ts";
import { type KnownKeys, readKnownKeys } from "./keys.ts";
import { judgeLine, readVerifyOutput, type VerifyMessage } from "./messages.ts";
import { StagedText } from "./places.ts";
import { verifyQuadlets } from "./quadlets.ts";
import { reportMessages } from "./report.ts";
import { runChecker } from "./run.ts";
import { SilentUnits, type VerifyQuestion } from "./silent-units.ts";
import { layOut, ownerOf, type Stage, type StageInput, tellOurs, withStage } from "./stage.ts";
import { UnitTexts } from "./staged-units.ts";
import { findSubjects, listPaths } from "./subjects.ts";

export type VerifyInput = StageInput;

const program = "systemd-analyze";
/**
 * Units per run. Each run finds all units on its search path, so this number changes only the time, which grows faster
 * than the number of units in one run: 1,000 take 0.4 s, 5,000 take 7 s, and 5,000 in runs of 500 take 3 s.
 */
const unitsPerRun = 500;
const parallelRuns = 2;
const timeoutMs = 60_000;

/** Verifies one revision after the other, and remembers of which units there is nothing to be said. */
export class UnitVerifier {
  readonly #now: () => number;
  readonly #hostView: HostView;
  readonly #texts = new UnitTexts();
  readonly #silent = new SilentUnits();

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.#hostView = new HostView(program);
  }

  /**
   * What systemd and podman say about the desired units, with repository paths and lines. An error is a reason to reject
   * the revision. Every other message, also one that the agent does not know, is a warning. When systemd-analyze is not
   * installed, one warning says so.
   * @throws AgentError `systemd-unreachable` when a checker does not end or is killed; Error of the operating system
   *   when the stage cannot be written; the signal's reason
   */
  async verify(input: VerifyInput, signal: AbortSignal): Promise<readonly Diagnostic[]> {
    if (![...input.desired.files.values()].some(({ unit }) => unit !== null)) return [];
    return withStage(input, async (stage) => {
      const ofQuadlets = await verifyQuadlets(stage, input.desired.layout, tellOurs(input), signal);
      const messages = await this.#readMessages(input, stage, signal);
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
  async #readMessages(
    input: VerifyInput,
    stage: Stage,
    signal: AbortSignal,
  ): Promise<readonly VerifyMessage[] | null> {
    const { desired } = input;
    const units = this.#texts.group(stage);
    const host = await this.#hostView.look(
      { layout: desired.layout, isOurs: tellOurs(input), hidden: listFragments(stage) },
      this.#now(),
      signal,
    );
    if (host === null) return null;
    const subjects = await findSubjects(desired, stage, host.unitPaths);
    const question: VerifyQuestion = {
      subjects: [...subjects.keys()],
      units,
      host: host.identity,
      common: listCommon(units, subjects, host.known),
      isSelfContained: tellSelfContained(units),
      atMs: this.#now(),
    };
    const selection = this.#silent.select(question);
    await layOut(stage, input, (owner) => selection.needed.has(owner));
    const paths = await listPaths(subjects, (name) => selection.subjects.has(name), stage);
    const outputs = await mapConcurrently(cut(paths, unitsPerRun), parallelRuns, (chunk) =>
      runVerify(chunk, desired.layout, [stage.units, stage.foreign, ...host.unitPaths], signal),
    );
    const messages = outputs.flatMap((output) => readVerifyOutput(output?.stderr ?? ""));
    // A checker that fails without a word has perhaps not read everything.
    const hasFailed = outputs.some((output) => output?.exitCode !== 0 && output?.stderr.trim() === "");
    const isComplete = host.isSettled && !hasFailed;
    this.#silent.note(question, selection, { messages, isComplete, findOwner: tellOwner(stage) });
    return messages;
  }
}

function runVerify(
  subjects: readonly string[],
  { manager, managerEnvironment }: HostLayout,
  directories: readonly string[],
  signal: AbortSignal,
) {
  const environment = {
    ...managerEnvironment,
    SYSTEMD_UNIT_PATH: directories.join(":"),
    // The plain text on standard error, even when standard error is the journal.
    SYSTEMD_LOG_TARGET: "console",
    SYSTEMD_LOG_LEVEL: "info",
    SYSTEMD_LOG_COLOR: "0",
    SYSTEMD_LOG_LOCATION: "0",
  };
  const args = ["verify", "--man=no", "--generators=no", `--${manager}`, "--", ...subjects];
  return runChecker(program, args, { environment, timeoutMs, signal });
}

/** The names of the units that have a file or link of their own in the stage. */
function listFragments({ units, entries, files }: Stage): ReadonlySet<string> {
  const staged = [...entries.map((one) => one.staged), ...files.keys()];
  return new Set(staged.flatMap((file) => (path.dirname(file) === units ? [path.basename(file)] : [])));
}

/** Finds the name that a file of the stage belongs to, by its path there. */
function tellOwner({ units }: Stage): (staged: string) => string | null {
  return (staged) => (staged.startsWith(`${units}/`) ? ownerOf(path.relative(units, staged)) : null);
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
