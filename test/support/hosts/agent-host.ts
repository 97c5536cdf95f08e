/**
 * A machine with gitops-agent installed the way the README says, and a bare repository on it to push to. What the agent
 * does is asked of systemd and of the agent's own status; nothing here looks into its files.
 */
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { connectAgent } from "../../../src/api/client.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import type { Status } from "../../../src/core/model/status.ts";
import { type FixtureChanges, formatCommit } from "../git/git-fixture.ts";
import type { CommandResult } from "../machine/command.ts";
import type { BootForGroup } from "../machine/each-root.ts";
import type { Machine } from "../machine/machine.ts";

export const projectDirectory = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");
export const sourceInMachine = "/opt/gitops-agent-source";
export const repositoryPath = "/srv/hosts.git";
const runtimeDirectory = "/run/gitops-agent";

/** How long a push may take to be applied on a slow, busy machine. */
const applyDeadlineMs = 90_000;

export interface AgentHostOptions {
  /** Name of the host in the repository. */
  readonly host?: string;
  /** Default: the path of the bare repository on the machine, which the agent watches. */
  readonly repositoryUrl?: string;
  /** Default: 5s. */
  readonly interval?: string;
  /** More lines for agent.yaml. */
  readonly agentYaml?: string;
}

export class AgentHost {
  readonly machine: Machine;
  readonly host: string;
  readonly recipient: string;
  #commits = 0;

  private constructor(machine: Machine, host: string, recipient: string) {
    this.machine = machine;
    this.host = host;
    this.recipient = recipient;
  }

  /** Boots, installs and configures; the repository is empty and the daemon not yet started. */
  static async boot(boot: BootForGroup, options: AgentHostOptions = {}): Promise<AgentHost> {
    const host = options.host ?? "h1";
    const machine = await boot({
      hostname: host,
      binds: [{ source: projectDirectory, target: sourceInMachine, readOnly: true }],
    });
    await machine.check([`${sourceInMachine}/systemd/install.sh`]);
    const identity = await generateX25519Identity();
    await machine.writeFile("/etc/gitops-agent/identity.txt", `${identity}\n`, 0o600);
    const yaml = [
      `repository: ${options.repositoryUrl ?? repositoryPath}`,
      `host: ${host}`,
      `interval: ${options.interval ?? "5s"}`,
      "identities: [/etc/gitops-agent/identity.txt]",
      options.agentYaml ?? "",
    ];
    await machine.writeFile("/etc/gitops-agent/agent.yaml", `${yaml.join("\n")}\n`);
    await machine.check(["git", "init", "--quiet", "--bare", "--initial-branch=main", repositoryPath]);
    return new AgentHost(machine, host, await identityToRecipient(identity));
  }

  /** Starts the daemon; returns when it says that it is ready. */
  async start(): Promise<void> {
    const { exitCode } = await this.machine.run(["systemctl", "start", "gitops-agent.service"]);
    if (exitCode !== 0) throw new Error(`the agent does not start:\n${await this.journal()}`);
  }

  /** Adds a commit to the branch, as a push does, with a short settle unless it says otherwise; returns the commit's id. */
  async push(changes: FixtureChanges, message = `change ${this.#commits}`): Promise<string> {
    const when = `${1_700_000_000 + this.#commits} +0000`;
    const parent = this.#commits === 0 ? "" : "from refs/heads/main^0\n";
    this.#commits += 1;
    const complete = withShortSettle(changes, parent === "");
    const stdin = formatCommit({ branch: "main", when, message, parent, changes: complete });
    const git = ["git", "--git-dir", repositoryPath];
    await this.machine.check([...git, "fast-import", "--quiet", "--force"], { stdin });
    return this.machine.check([...git, "rev-parse", "refs/heads/main"]);
  }

  /** Pushes and waits until the daemon has tried the commit; returns the status after that. */
  async pushAndWait(changes: FixtureChanges, message?: string): Promise<Status> {
    const commit = await this.push(changes, message);
    return this.waitUntilAttempted(commit);
  }

  async waitUntilAttempted(commit: string): Promise<Status> {
    return this.machine.waitFor(
      `the agent to try ${commit.slice(0, 7)}`,
      async () => {
        const status = await this.status();
        return hasTried(status, commit) && status.agent.running ? status : undefined;
      },
      applyDeadlineMs,
    );
  }

  /** Pushes a commit that must be applied well. */
  async deploy(changes: FixtureChanges, message?: string): Promise<Status> {
    const commit = await this.push(changes, message);
    const status = await this.waitUntilAttempted(commit);
    const { state, applied, applying, rejection, failedUnits } = status.sync;
    const isApplied = applied?.commit === commit && applying === null && rejection === null;
    // What else the host has, drift or a unit that somebody stopped, is not the commit's doing.
    if (!isApplied || failedUnits.length > 0)
      throw new Error(`not applied well: ${JSON.stringify({ state, applied, rejection, failedUnits })}`);
    return status;
  }

  /** The agent's own log. */
  async journal(): Promise<string> {
    return this.machine.journal({ unit: "gitops-agent.service" });
  }

  async run(...args: readonly string[]): Promise<CommandResult> {
    return this.machine.run(["gitops-agent", ...args]);
  }

  /** Asks the daemon itself, as the command would; without a daemon, or where its socket cannot be reached, the command is run. */
  async status(): Promise<Status> {
    const directory = this.machine.locate(runtimeDirectory);
    const asked = directory === undefined ? undefined : await askDaemon(directory);
    return asked ?? this.#runStatus();
  }

  async #runStatus(): Promise<Status> {
    const { stdout, stderr } = await this.run("status", "--json");
    try {
      return JSON.parse(stdout) as Status;
    } catch {
      throw new Error(`gitops-agent status --json printed no JSON: ${stdout}${stderr}`);
    }
  }

  /** A file that only this host can decrypt, armored as people commit it. */
  async encrypt(plaintext: string): Promise<string> {
    return encryptTo(this.recipient, plaintext);
  }

  /** A file that no host can decrypt. */
  static async encryptForStranger(plaintext: string): Promise<string> {
    return encryptTo(await identityToRecipient(await generateX25519Identity()), plaintext);
  }

  async activeState(unit: string): Promise<string> {
    return (await this.machine.properties(unit, ["ActiveState"]))["ActiveState"] ?? "";
  }

  async waitUntilActive(unit: string): Promise<void> {
    await this.machine.waitFor(
      `${unit} to be active`,
      async () => (await this.activeState(unit)) === "active",
    );
  }

  async invocationId(unit: string): Promise<string> {
    return (await this.machine.invocationIds([unit])).get(unit) ?? "";
  }
}

/** What the daemon answers; undefined when none does. A process for each question would cost most of a test's time. */
async function askDaemon(directory: string): Promise<Status | undefined> {
  try {
    return await connectAgent(directory).readStatus(new AbortController().signal);
  } catch (error) {
    if (error instanceof AgentError && error.code === "agent-unreachable") return undefined;
    throw error;
  }
}

/** Whether the attempt at the commit has ended, well or not. */
export function hasTried({ sync }: Status, commit: string): boolean {
  const isUnderWay = ["out-of-sync", "rolling-back", "never"].includes(sync.state);
  return sync.attempted?.commit === commit && !isUnderWay;
}

const shortSettle = "defaults: { health: { settle: 300ms, timeout: 30s } }\n";

/** The product's settle of 5 s is for real services; here it would only make every test wait. */
function withShortSettle(changes: FixtureChanges, isFirst: boolean): FixtureChanges {
  const config = changes["gitops.yaml"];
  if (config === undefined) return isFirst ? { ...changes, "gitops.yaml": shortSettle } : changes;
  if (config === null) return { ...changes, "gitops.yaml": shortSettle };
  const isPlain = typeof config === "string" && !config.includes("defaults:");
  return isPlain ? { ...changes, "gitops.yaml": `${config}${shortSettle}` } : changes;
}

/** A file that only the recipient can decrypt, armored as people commit it. */
export async function encryptTo(recipient: string, plaintext: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return armor.encode(await encrypter.encrypt(plaintext));
}
