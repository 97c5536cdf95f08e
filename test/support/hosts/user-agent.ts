/** A user of a machine with a service manager and an agent of the user's own, beside the agent of the system. */
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import type { Status } from "../../../src/core/model/status.ts";
import type { CommandResult } from "../machine/command.ts";
import type { Machine } from "../machine/machine.ts";
import { hasTried, repositoryPath } from "./agent-host.ts";

const applyDeadlineMs = 90_000;

export class UserAgent {
  readonly machine: Machine;
  readonly name: string;
  readonly uid: string;

  private constructor(machine: Machine, name: string, uid: string) {
    this.machine = machine;
    this.name = name;
    this.uid = uid;
  }

  /** Makes the user; neither the manager nor the agent runs yet. */
  static async create(machine: Machine, name: string): Promise<UserAgent> {
    await machine.check(["useradd", "--create-home", "--shell", "/bin/bash", name]);
    return new UserAgent(machine, name, await machine.check(["id", "--user", name]));
  }

  /** Has the manager run without a login, from now on and after each boot. */
  async linger(): Promise<void> {
    await this.machine.check(["loginctl", "enable-linger", this.name]);
    await this.waitUntilBooted();
  }

  /**
   * Writes agent.yaml and an identity; returns the recipient of the user's secrets.
   * @param repository default: the one that the agent of the system follows
   */
  async configure(repository = repositoryPath): Promise<string> {
    const identity = await generateX25519Identity();
    const directory = ".config/gitops-agent";
    await this.shell(`
      mkdir -p ${directory}; umask 077; echo '${identity}' >${directory}/identity.txt
      printf '%s\\n' 'repository: ${repository}' 'interval: 5s' \\
        'identities: [/home/${this.name}/${directory}/identity.txt]' >${directory}/agent.yaml
    `);
    return identityToRecipient(identity);
  }

  /** Waits until the manager has started what it starts by itself. */
  async waitUntilBooted(): Promise<void> {
    await this.machine.waitFor(`the manager of ${this.name}`, async () => {
      const { stdout } = await this.run("systemctl", "--user", "is-system-running");
      return ["running", "degraded"].includes(stdout.trim());
    });
  }

  async start(): Promise<void> {
    await this.check("systemctl", "--user", "enable", "gitops-agent-credentials.service");
    await this.check("systemctl", "--user", "enable", "--now", "gitops-agent.service");
  }

  /** Runs a program as the user, as in a session. */
  async run(...argv: readonly string[]): Promise<CommandResult> {
    return this.machine.run([...this.#enter, ...argv]);
  }

  /** The standard output of a program that must succeed. */
  async check(...argv: readonly string[]): Promise<string> {
    return this.machine.check([...this.#enter, ...argv]);
  }

  /** As `check`, for a bash script in the home directory. */
  async shell(script: string): Promise<string> {
    return this.check("bash", "-euo", "pipefail", "-c", script);
  }

  async agent(...args: readonly string[]): Promise<CommandResult> {
    return this.run("gitops-agent", "--user", ...args);
  }

  async status(): Promise<Status> {
    const { stdout, stderr } = await this.agent("status", "--json");
    if (stdout === "") throw new Error(`gitops-agent --user status --json printed nothing: ${stderr}`);
    return JSON.parse(stdout) as Status;
  }

  async waitUntilAttempted(commit: string): Promise<Status> {
    return this.machine.waitFor(
      `the agent of ${this.name} to try ${commit.slice(0, 7)}`,
      async () => {
        const status = await this.status();
        return hasTried(status, commit) && status.agent.running ? status : undefined;
      },
      applyDeadlineMs,
    );
  }

  async property(unit: string, name: string): Promise<string> {
    return this.check("systemctl", "--user", "show", `--property=${name}`, "--value", unit);
  }

  /** The InvocationID of every unit. */
  async invocationIds(units: readonly string[]): Promise<readonly string[]> {
    return Promise.all(units.map((unit) => this.property(unit, "InvocationID")));
  }

  get #enter(): readonly string[] {
    const home = `/home/${this.name}`;
    const variables = [`XDG_RUNTIME_DIR=/run/user/${this.uid}`, `HOME=${home}`];
    return ["runuser", "--user", this.name, "--", "env", `--chdir=${home}`, ...variables];
  }
}
