/**
 * The machine that the story plays on. Runs exactly the commands that it shows, and fails where one ends otherwise than the
 * story says. Knows no step of it.
 */

import type { Status } from "../src/core/model/status.ts";
import { type CommandResult, describeFailure } from "../test/support/machine/command.ts";
import type { Machine } from "../test/support/machine/machine.ts";
import { DemoError } from "./demo-error.ts";
import type { Prompt, Screen, Trim } from "./screen.ts";

export const hostname = "jobs-1";

/** Everything of the demo that is not the agent's, below one directory that no host has. */
export const homeDirectory = "/srv/gitops-demo/you";
export const cloneDirectory = `${homeDirectory}/hosts`;
export const repositoryPath = "/srv/gitops-demo/hosts.git";

/** How long a push may take to be applied on a slow, busy host. */
const applyDeadlineMs = 90_000;

export interface ShowOptions {
  readonly trim?: Trim;
  /** The exit code that the story expects where it is not 0, and what it stands for. */
  readonly exit?: readonly [code: number, meaning: string];
}

export class Stage {
  readonly machine: Machine;
  readonly screen: Screen;

  constructor(machine: Machine, screen: Screen) {
    this.machine = machine;
    this.screen = screen;
  }

  /**
   * A command of somebody who works in a clone of the repository.
   * @throws DemoError when it ends with another exit code
   */
  async you(command: string, options: ShowOptions = {}): Promise<string> {
    const script = `exec 2>&1; cd ${cloneDirectory}; ${command}`;
    const env = { ...this.#environment(), HOME: homeDirectory, ...gitEnvironment(this.screen.colour) };
    return this.#show("you$", command, ["bash", "-c", script], env, options);
  }

  /**
   * A command of root on the host, on a terminal as wide as ours.
   * @throws DemoError when it ends with another exit code
   */
  async host(command: string, options: ShowOptions = {}): Promise<string> {
    const script = `stty columns ${this.screen.outputWidth}; ${command}`;
    const argv = ["script", "--quiet", "--return", "--command", script, "/dev/null"];
    return this.#show("jobs-1#", command, argv, this.#environment(), options);
  }

  /** Commits everything, pushes, and waits until the agent has tried the commit. */
  async push(message: string): Promise<Status> {
    await this.you(`git commit -qam '${message}' && git push`);
    const startMs = performance.now();
    const status = await this.waitUntilTried();
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    const verb = status.sync.state === "rejected" ? "rejected" : "applied";
    this.screen.note(`(${hostname} has ${verb} it within ${seconds} s)`);
    return status;
  }

  /** @throws DemoError when the host is not in sync after that */
  async deploy(message: string): Promise<Status> {
    const status = await this.push(message);
    const { state, rejection, failedUnits } = status.sync;
    if (state === "in-sync") return status;
    throw new DemoError(`the push is not in sync: ${JSON.stringify({ state, rejection, failedUnits })}`);
  }

  async waitUntilTried(): Promise<Status> {
    const git = ["git", "--git-dir", repositoryPath, "rev-parse", "refs/heads/main"];
    const commit = await this.machine.check(git);
    return this.waitForStatus(
      `the agent to try ${commit.slice(0, 7)}`,
      ({ sync }) =>
        sync.attempted?.commit === commit && !["out-of-sync", "rolling-back"].includes(sync.state),
    );
  }

  /** The daemon's first status for which the condition holds. */
  async waitForStatus(what: string, isReached: (status: Status) => boolean): Promise<Status> {
    const probe = async () => {
      const status = await this.readStatus();
      return status.agent.running && isReached(status) ? status : undefined;
    };
    const status = await this.machine.waitFor(what, probe, applyDeadlineMs);
    // What the agent has logged until now is in the journal when somebody looks.
    await this.machine.check(["journalctl", "--sync"]);
    return status;
  }

  async readStatus(): Promise<Status> {
    const { stdout, stderr } = await this.machine.run(["gitops-agent", "status", "--json"]);
    if (stdout === "") throw new DemoError(`gitops-agent status --json printed nothing: ${stderr}`);
    return JSON.parse(stdout) as Status;
  }

  /** @throws DemoError with the fact, when it is none */
  verify(isSo: boolean, fact: string, found = ""): void {
    if (!isSo) throw new DemoError(`expected: ${fact}${found === "" ? "" : `\nfound: ${found}`}`);
    this.screen.verified(fact);
  }

  /** Asks systemd for one property of each of the units that must all have this value. */
  async verifyProperty(unit: string, property: string, value: string, fact: string): Promise<void> {
    const found = (await this.machine.properties(unit, [property]))[property] ?? "";
    this.verify(found === value, fact, `${property}=${found} of ${unit}`);
  }

  async #show(
    prompt: Prompt,
    command: string,
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
    { trim, exit }: ShowOptions,
  ): Promise<string> {
    this.screen.command(prompt, command);
    const result: CommandResult = await this.machine.run(argv, { env });
    const output = result.stdout.replaceAll(/\r+\n/gu, "\n");
    this.screen.output(output, trim);
    const [expected, meaning] = exit ?? [0, ""];
    if (result.exitCode !== expected) {
      throw new DemoError(
        describeFailure([command], `exit code ${result.exitCode}, not ${expected}`, result),
      );
    }
    if (exit !== undefined) this.screen.exitCode(expected, meaning);
    return output;
  }

  #environment(): Record<string, string> {
    const style = this.screen.colour ? { TERM: "xterm-256color" } : { TERM: "dumb", NO_COLOR: "1" };
    return { ...style, SHELL: "/bin/bash", SYSTEMD_PAGER: "cat", SYSTEMD_URLIFY: "0", TABSIZE: "0" };
  }
}

/** Git with the demo's own settings only, in colour where we are. */
function gitEnvironment(colour: boolean): Record<string, string> {
  const setting = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "color.ui" };
  return {
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_PAGER: "cat",
    ...setting,
    GIT_CONFIG_VALUE_0: colour ? "always" : "never",
  };
}
