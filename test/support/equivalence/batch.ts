/**
 * Plays several sequences side by side in one repository of one machine, reboots it, and compares. A boot costs more than all
 * the rest, so the sequences share it; their names keep them apart. One whose commit is not applied is taken out, and its
 * commits with it.
 */

import type { FixtureEntry } from "../git/git-fixture.ts";
import { AgentHost } from "../hosts/agent-host.ts";
import type { BootForGroup } from "../machine/each-root.ts";
import { compareRunning, compareUnit, forget, noteActions, type Touched } from "./compare.ts";
import type { Sequence } from "./generate.ts";
import { Lookout } from "./look.ts";
import { findUnit, listBooted, listLosers, withPulled } from "./model.ts";
import type { Running } from "./probe.ts";
import { diffFiles, emptyTree, renderTrees, type Tree } from "./tree.ts";

export interface Verdict {
  readonly sequence: Sequence;
  /** Nothing: it is as after a boot. */
  readonly differences: readonly string[];
}

const pattern = "^(srv-)?q[0-9]+[a-z]";
/** Keeps the repository from becoming empty, which the agent would refuse. */
const anchor: Tree = {
  ...emptyTree(),
  units: {
    "anchor.service": { born: 0, comment: 0, ties: [], body: { Type: "oneshot", ExecStart: "/bin/true" } },
  },
};
const nothing: Touched = { stopped: new Set(), started: new Set() };

/** Taking out those to blame did not help: the others need a machine that never saw them. */
class Spoilt extends Error {
  override readonly name = "Spoilt";
  readonly refused: ReadonlyMap<string, string>;

  constructor(refused: ReadonlyMap<string, string>, output: string) {
    super(`a commit is not applied, and nobody is to blame:\n${output}`);
    this.refused = refused;
  }
}

/**
 * @returns a verdict for each sequence, in their order
 * @throws when a commit is not applied, and the agent names no unit of a sequence
 */
export async function judge(boot: BootForGroup, sequences: readonly Sequence[]): Promise<readonly Verdict[]> {
  const batch = await Batch.boot(boot, sequences);
  try {
    return await batch.run();
  } catch (error) {
    if (!(error instanceof Spoilt) || error.refused.size === 0) throw error;
    const { refused } = error;
    const others = await judge(
      boot,
      sequences.filter(({ prefix }) => !refused.has(prefix)),
    );
    const found = new Map(others.map((verdict) => [verdict.sequence, verdict]));
    return sequences.map(
      (sequence) => found.get(sequence) ?? { sequence, differences: [refused.get(sequence.prefix) ?? ""] },
    );
  } finally {
    await batch.end();
  }
}

class Batch {
  readonly #host: AgentHost;
  readonly #lookout: Lookout;
  readonly #sequences: readonly Sequence[];
  readonly #ciphertexts = new Map<string, string>();
  /** Prefix → why the sequence got no further. */
  readonly #refused = new Map<string, string>();
  #files: Readonly<Record<string, FixtureEntry>> = {};
  #touched: Touched = nothing;

  private constructor(host: AgentHost, lookout: Lookout, sequences: readonly Sequence[]) {
    this.#host = host;
    this.#lookout = lookout;
    this.#sequences = sequences;
  }

  static async boot(boot: BootForGroup, sequences: readonly Sequence[]): Promise<Batch> {
    const host = await AgentHost.boot(boot, { interval: "1h" });
    // As after a boot: what is mounted for credentials is there before the first of them.
    await host.machine.check(["systemctl", "start", "gitops-agent-credentials.service"]);
    return new Batch(host, await Lookout.post(host.machine), sequences);
  }

  async end(): Promise<void> {
    await this.#host.machine.destroy();
  }

  async run(): Promise<readonly Verdict[]> {
    const rounds = Math.max(...this.#sequences.map(({ steps }) => steps.length));
    let running: Running = {};
    for (let round = 0; round < rounds; round += 1) {
      running = await this.#act(round, running);
      await this.#commit(round);
      running = await this.#lookout.look(pattern);
      this.#touched = forget(this.#touched, running);
    }
    await this.#host.machine.reboot();
    return this.#compare(running, await this.#lookout.look(pattern));
  }

  async #act(round: number, running: Running): Promise<Running> {
    const actions = this.#playing().flatMap(({ steps }) => steps[round]?.actions ?? []);
    if (actions.length === 0) return running;
    const script = actions.map((action) => `{ ${action}; } </dev/null`).join("\n");
    await this.#host.machine.run(["bash", "-c", script]);
    const after = await this.#lookout.look(pattern);
    this.#touched = noteActions(this.#touched, running, after);
    return after;
  }

  #playing(): readonly Sequence[] {
    return this.#sequences.filter(({ prefix }) => !this.#refused.has(prefix));
  }

  /** Pushes and applies the next commit of each sequence, without those whose commit was not applied. */
  async #commit(round: number): Promise<void> {
    for (;;) {
      const output = await this.#sync(round);
      if (output === null) return;
      const culprits = this.#playing().filter(({ prefix }) =>
        isNamed(prefix, listBlaming(output).join("\n")),
      );
      if (culprits.length === 0) throw new Spoilt(this.#refused, output);
      for (const { prefix } of culprits) {
        const lines = output.split("\n").filter((line) => isNamed(prefix, line) && !/ info +/.test(line));
        this.#refused.set(prefix, `${prefix}: commit ${round} is not applied:\n  ${lines.join("\n  ")}`);
      }
    }
  }

  /** @returns null when the commit is applied, or else what the agent says */
  async #sync(round: number): Promise<string | null> {
    const trees = this.#playing().flatMap(
      ({ steps }) => steps[Math.min(round, steps.length - 1)]?.tree ?? [],
    );
    const { files, secrets } = renderTrees([anchor, ...trees]);
    const complete: Record<string, FixtureEntry> = { ...files };
    for (const [path, plaintext] of Object.entries(secrets)) {
      complete[path] = await this.#encrypt(path, plaintext);
    }
    await this.#host.push(diffFiles(this.#files, complete), `round ${round}`);
    this.#files = complete;
    const { exitCode, stdout, stderr } = await this.#host.run("sync");
    if (exitCode === 0) return null;
    return `${stdout}${stderr}`;
  }

  /** The same text as long as the secret is the same: a new one would be a change. */
  async #encrypt(path: string, plaintext: string): Promise<string> {
    const key = `${path}\0${plaintext}`;
    const text = this.#ciphertexts.get(key) ?? (await this.#host.encrypt(plaintext));
    this.#ciphertexts.set(key, text);
    return text;
  }

  async #compare(before: Running, after: Running): Promise<readonly Verdict[]> {
    const retired = this.#sequences.flatMap((sequence) => listRetired(sequence, this.#touched));
    const lifted = this.#sequences.flatMap(({ steps }) => {
      const tree = steps.at(-1)?.tree ?? emptyTree();
      return [...withPulled(tree, [...this.#touched.started, ...retired])];
    });
    const touched: Touched = { stopped: this.#touched.stopped, started: new Set(lifted) };
    const { differences, toStart } = compareRunning(before, after, touched);
    const later = await this.#compareStarted(before, toStart);
    return this.#sequences.map((sequence) => {
      const isIts = (line: string) => new RegExp(`^(srv-)?${sequence.prefix}[a-z]`).test(line);
      const refusal = this.#refused.get(sequence.prefix);
      return {
        sequence,
        differences: refusal === undefined ? [...differences, ...later].filter(isIts) : [refusal],
      };
    });
  }

  /** What runs although a boot would not start it must run with what it would get when it is started now. */
  async #compareStarted(before: Running, names: readonly string[]): Promise<readonly string[]> {
    if (names.length === 0) return [];
    await this.#host.machine.run(["systemctl", "start", ...names]);
    const now = await this.#lookout.look(pattern);
    return names.flatMap((name) => {
      const [left, right] = [before[name], now[name]];
      return left !== undefined && right?.isUp === true ? compareUnit(name, left, right) : [];
    });
  }
}

function isNamed(prefix: string, text: string): boolean {
  return new RegExp(`\\b${prefix}[a-z]`).test(text);
}

/** What a sync says of failures before it goes back, and in the end. */
function listBlaming(output: string): readonly string[] {
  const lines = output.split("\n");
  const end = lines.findIndex((line) => / revision\.(rejected|degraded) /.test(line));
  const failed = lines
    .slice(0, end + 1)
    .filter((line) => / (unit\.failed|revision\.rejected|revision\.degraded) /.test(line));
  return [...failed, ...lines.filter((line) => /^(error|✖)/.test(line))];
}

/**
 * Units that a commit no longer enables or wants, and that are still there to be run: not beside one that cannot run beside them, unless
 * the operator has stopped that.
 */
function listRetired({ steps }: Sequence, { stopped }: Touched): readonly string[] {
  const last: Tree | undefined = steps.at(-1)?.tree;
  if (last === undefined) return [];
  const booted = listBooted(last);
  const losers = listLosers(last);
  const ever = new Set(steps.flatMap(({ tree }) => [...listBooted(tree)]));
  return [...ever].filter((name) => {
    const isThere = findUnit(last, name) !== undefined && !last.stopped.includes(name);
    const winner = losers.get(name);
    return isThere && !booted.has(name) && (winner === undefined || stopped.has(winner));
  });
}
