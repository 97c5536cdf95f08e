/**
 * Boots a machine as a privileged container of the image that Dockerfile.test describes, under Docker or Podman. For
 * people without root or without Linux. Everything it starts carries the owner in its name, so that the containers of a
 * killed test run are found and removed.
 */
import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import { checkCommand, runCommand } from "./command.ts";
import type { Bind, DriverOptions, MachineDriver } from "./machine-driver.ts";
import { pollUntil } from "./poll.ts";
import { identifyProcess, isAlive } from "./processes.ts";
import { findContainerEngine } from "./root-filesystem.ts";

const NAME_PREFIX = "gitops-agent-test";
const STOP_DEADLINE_S = 120;

/** The image that machines are made of: CONTAINER_IMAGE, or the name that the build command in Dockerfile.test gives. */
export function readContainerImage(): string {
  return process.env["CONTAINER_IMAGE"] || "gitops-agent-test";
}

/** @throws an error when neither Docker nor Podman answers */
export function createContainerDriver(options: DriverOptions): MachineDriver {
  const engine = findContainerEngine();
  if (engine === undefined) throw new Error("neither docker nor podman answers");
  return new ContainerDriver(engine, options);
}

class ContainerDriver implements MachineDriver {
  readonly #engine: string;
  readonly #options: DriverOptions;
  readonly #container: string;
  #isCreated = false;

  constructor(engine: string, options: DriverOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#container = [NAME_PREFIX, options.name, ...(options.keep ? [] : makeOwnerSuffix())].join(".");
  }

  async start(): Promise<void> {
    if (this.#isCreated) {
      await this.#call("start", this.#container);
      return;
    }
    await sweepStaleContainers(this.#engine);
    this.#isCreated = true;
    await this.#call("run", ...this.#makeRunOptions(), readContainerImage());
  }

  async shutDown(): Promise<void> {
    await checkCommand([this.#engine, "stop", "-t", String(STOP_DEADLINE_S), this.#container], {
      timeoutMs: (STOP_DEADLINE_S + 60) * 1000,
    });
  }

  async kill(): Promise<void> {
    await this.#call("kill", "--signal=KILL", this.#container);
    await pollUntil(
      `${this.#container} to die`,
      async () => (await this.#isRunning()) === false || undefined,
      {
        deadlineMs: 60_000,
      },
    );
  }

  async destroy(): Promise<void> {
    if (!this.#isCreated) return;
    await runCommand([this.#engine, "rm", "--force", "--volumes", this.#container]);
  }

  async makeEnterArgv(argv: readonly string[], options: { interactive?: boolean } = {}): Promise<string[]> {
    const terminal = options.interactive === true ? ["--tty"] : [];
    return [this.#engine, "exec", "--interactive", ...terminal, this.#container, ...argv];
  }

  locate(): undefined {
    return undefined;
  }

  async readConsole(): Promise<string> {
    const { stdout, stderr } = await runCommand([this.#engine, "logs", "--tail=40", this.#container]);
    return `${stdout}${stderr}`;
  }

  describeRemoval(): string {
    const enter = `${this.#engine} exec -it ${this.#container} bash`;
    return `Enter it: ${enter}; end it: ${this.#engine} rm --force ${this.#container}`;
  }

  async #isRunning(): Promise<boolean> {
    return (await this.#call("inspect", "--format={{.State.Running}}", this.#container)) === "true";
  }

  async #call(...args: string[]): Promise<string> {
    return await checkCommand([this.#engine, ...args]);
  }

  #makeRunOptions(): string[] {
    return [
      ...["--detach", "--tty", "--privileged", "--network=none", "--cgroupns=private"],
      // Podman's own preparation for systemd would also put the journal into memory, where a reboot loses it.
      ...(this.#engine.endsWith("podman") ? ["--systemd=false"] : []),
      // /run as systemd mounts it: by default Podman lets everybody write to it, and Docker lets nobody execute there.
      ...["--tmpfs=/run:exec,mode=755", "--tmpfs=/run/lock", "--tmpfs=/tmp:exec"],
      // Podman in the machine cannot keep its images on an overlay.
      "--volume=/var/lib/containers",
      // systemd takes its machine-id from there; otherwise from the hardware, which is the same for every container.
      ...[`--env=container=${basename(this.#engine)}`, `--env=container_uuid=${randomUUID()}`],
      ...[`--name=${this.#container}`, `--hostname=${this.#options.hostname}`],
      ...this.#options.binds.map(makeVolumeOption),
      // For hosts with peculiar limits.
      ...(process.env["CONTAINER_RUN_OPTIONS"] ?? "").split(/\s+/u).filter(Boolean),
    ];
  }
}

/** Removes the containers of test runs that were killed. */
export async function sweepStaleContainers(engine: string): Promise<void> {
  const list = await checkCommand([
    engine,
    "ps",
    "--all",
    `--filter=name=${NAME_PREFIX}`,
    "--format={{.Names}}",
  ]);
  for (const container of list.split("\n").filter(isStale)) {
    await runCommand([engine, "rm", "--force", "--volumes", container]);
  }
}

/** The last two parts of a container's name; nothing where processes cannot be identified, thus no sweep there. */
function makeOwnerSuffix(): string[] {
  if (process.platform !== "linux") return [];
  const { pid, startTicks } = identifyProcess(process.pid);
  return [String(pid), startTicks];
}

function isStale(container: string): boolean {
  const [prefix, , pid, startTicks] = container.split(".");
  if (prefix !== NAME_PREFIX || pid === undefined || startTicks === undefined) return false;
  return !isAlive({ pid: Number(pid), startTicks });
}

function makeVolumeOption(bind: Bind): string {
  return `--volume=${bind.source}:${bind.target}${bind.readOnly === true ? ":ro" : ""}`;
}
