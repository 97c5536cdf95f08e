/**
 * `npm run demo`: shows on a throw-away machine with a real systemd what gitops-agent does, command by command, and verifies
 * every claim by asking systemd. A test for the product, and its shop window.
 */
import { parseArgs } from "node:util";
import { shouldUseColour } from "../src/cli/render/style.ts";
import { InterruptError, RequirementError } from "./demo-error.ts";
import { checkRequirements } from "./requirements.ts";
import { Screen } from "./screen.ts";
import {
  bootDemoMachine,
  buildAgent,
  createRepository,
  type DemoRoot,
  installAgent,
  projectDirectory,
} from "./set-up.ts";
import { cloneDirectory, homeDirectory, Stage } from "./stage.ts";
import { partCount, playStory } from "./story.ts";

const usage = `usage: npm run demo -- [options]
  --root host|debian13  what the machine boots: this host's own root file system (default), or a fresh Debian 13
  --shell               at the end, open a shell on the machine; it is removed when you leave
  --keep                leave the machine running, and say how to enter and end it
  --help
`;

interface DemoOptions {
  readonly root: DemoRoot | undefined;
  readonly shell: boolean;
  readonly keep: boolean;
}

/** @throws RequirementError for what is not understood */
function readOptions(args: readonly string[]): DemoOptions | "help" {
  const options = {
    root: { type: "string" },
    shell: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    const { root, shell, keep, help } = values;
    if (help) return "help";
    if (root === undefined || root === "host" || root === "debian13") return { root, shell, keep };
    throw new RangeError(`--root ${root}: there are host and debian13`);
  } catch (error) {
    throw new RequirementError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

function openScreen(): Screen {
  const columns = process.stdout.columns ?? 100;
  return new Screen({
    colour: shouldUseColour(process.stdout, process.env),
    width: Math.min(Math.max(columns, 80), 140),
    write: (text) => void process.stdout.write(text),
  });
}

async function runDemo(options: DemoOptions, screen: Screen): Promise<void> {
  checkRequirements(options.shell);
  process.chdir(projectDirectory);
  screen.heading(
    "gitops-agent: the demo",
    "Push to git, and the host follows: on a throw-away machine with a systemd of its own. This host gets Debian packages where some are missing, and nothing else.",
  );
  await buildAgent(screen);
  const machine = await bootDemoMachine(options, screen);
  try {
    await Promise.race([playOn(new Stage(machine, screen), options.shell), waitForInterrupt()]);
  } finally {
    await machine.destroy();
  }
  if (!options.shell && !options.keep) {
    screen.note("The machine is gone. To look around on it: npm run demo -- --shell, or -- --keep");
  }
}

async function playOn(stage: Stage, wantsShell: boolean): Promise<void> {
  const { screen } = stage;
  const startMs = performance.now();
  const verifiedBefore = screen.verifiedCount;
  screen.heading(
    "Installing the agent",
    "jobs-1# is root on the host. you$ is somebody with a clone of the configuration repository, which is config-example/ of this project.",
  );
  await installAgent(stage);
  await createRepository(stage);
  await playStory(stage);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  screen.heading("Done");
  screen.verified(
    `${partCount} parts, ${screen.verifiedCount - verifiedBefore} claims verified on the machine, in ${seconds} s`,
  );
  if (wantsShell) await openShell(stage);
}

async function openShell({ machine, screen }: Stage): Promise<void> {
  screen.heading(
    "Yours",
    "You are root on jobs-1, in the clone of the repository. Edit something, commit, git push, and see gitops-agent status. The machine is removed when you leave (exit).",
  );
  const shell = ["env", `--chdir=${cloneDirectory}`, `HOME=${homeDirectory}`, "bash", "--login"];
  await machine.attach(shell);
}

/** @throws InterruptError when somebody ends the demo */
async function waitForInterrupt(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => reject(new InterruptError("interrupted: the machine is removed")));
    }
  });
}

async function main(): Promise<number> {
  const screen = openScreen();
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === "help") process.stdout.write(usage);
    else await runDemo(options, screen);
    return 0;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof RequirementError) {
      process.stderr.write(`error: ${text}\n`);
      return 2;
    }
    screen.failure(text);
    if (error instanceof InterruptError) return 130;
    screen.note("The demo has failed. With npm run demo -- --keep its machine stays for a look.");
    return 1;
  }
}

process.exit(await main());
