/**
 * Everything before the story: what this host lacks, the built agent, the machine, and the agent and a repository on it. The
 * host itself gets packages and nothing else.
 */
import { readFile } from "node:fs/promises";
import { checkCommand } from "../test/support/machine/command.ts";
import { bootMachine, type Machine } from "../test/support/machine/machine.ts";
import { prepareRoots } from "../test/support/machine/prepare.ts";
import type { RootName } from "../test/support/machine/root-filesystem.ts";
import { DemoError } from "./demo-error.ts";
import type { Screen } from "./screen.ts";
import { cloneDirectory, homeDirectory, hostname, repositoryPath, type Stage } from "./stage.ts";

export type DemoRoot = Exclude<RootName, "container">;

export interface MachineOptions {
  /** Undefined: the host's own root, or Debian 13 where that one does not boot. */
  readonly root: DemoRoot | undefined;
  readonly keep: boolean;
}

export const projectDirectory = new URL("..", import.meta.url).pathname.replace(/\/$/u, "");
const sourceInMachine = "/opt/gitops-agent";

const rootDescriptions: Readonly<Record<DemoRoot, string>> = {
  host: "an overlay of this host's own root file system",
  debian13: "an overlay of a fresh Debian 13",
};

/** Builds the agent into dist/, as `npm run build` does. */
export async function buildAgent(screen: Screen): Promise<void> {
  await checkCommand([process.execPath, "scripts/build.mjs"]);
  screen.verified("built dist/gitops-agent.cjs");
}

/** @throws an error when none of the roots boots; what was wrong with the last one */
export async function bootDemoMachine({ root, keep }: MachineOptions, screen: Screen): Promise<Machine> {
  if (root !== undefined) return bootRoot(root, keep, screen);
  try {
    return await bootRoot("host", keep, screen);
  } catch (error) {
    const [reason = ""] = String(error instanceof Error ? error.message : error).split("\n");
    screen.note(
      `This host's own root does not boot as a machine, so it is Debian 13. (${reason.replace(/:$/u, "")})`,
    );
    return bootRoot("debian13", keep, screen);
  }
}

async function bootRoot(root: DemoRoot, keep: boolean, screen: Screen): Promise<Machine> {
  const { missing } = await prepareRoots([root]);
  if (missing.length > 0) throw new DemoError(missing.join("; "));
  const source = { source: projectDirectory, target: sourceInMachine, readOnly: true };
  const machine = await bootMachine(root, { hostname, keep, binds: [source] });
  const version = (await machine.check(["systemctl", "--version"])).split("\n")[0];
  screen.verified(
    `booted the machine ${hostname}: ${version}, on ${rootDescriptions[root]}, without a network`,
  );
  return machine;
}

/** Installs and configures the agent the way the documentation says, and starts it on a repository with one commit. */
export async function installAgent(stage: Stage): Promise<void> {
  const { machine } = stage;
  // A host that runs the agent lends the machine its files as well.
  await machine.check(["rm", "-rf", "/etc/gitops-agent", "/var/lib/gitops-agent"]);
  await stage.host(`${sourceInMachine}/systemd/install.sh`);
  const identity = await readExample(`demo/${hostname}.identity.txt`);
  await machine.writeFile("/etc/gitops-agent/identity.txt", identity, 0o600);
  const configuration = [
    `repository: ${repositoryPath}`,
    `host: ${hostname}`,
    "interval: 5s",
    "identities: [/etc/gitops-agent/identity.txt]",
  ];
  await machine.writeFile("/etc/gitops-agent/agent.yaml", `${configuration.join("\n")}\n`);
  await stage.host("cat /etc/gitops-agent/agent.yaml");
}

/** A bare repository and a clone of it with the example configuration, not yet pushed. */
export async function createRepository(stage: Stage): Promise<void> {
  const { machine } = stage;
  const git = ["git", "-c", "init.defaultBranch=main"];
  await machine.check([...git, "init", "--quiet", "--bare", repositoryPath]);
  await machine.check([...git, "init", "--quiet", cloneDirectory]);
  await machine.check(["git", "-C", cloneDirectory, "remote", "add", "origin", repositoryPath]);
  const you = "[user]\n\tname = You\n\temail = you@example.org\n[push]\n\tdefault = current\n";
  await machine.writeFile(`${homeDirectory}/.gitconfig`, you);
  // Who must be able to read a secret of this host: the host and the admin.
  const keygen = ["age-keygen", "-y"];
  const recipients = await Promise.all(
    [hostname, "admin"].map(async (name) =>
      machine.check([...keygen, `${sourceInMachine}/config-example/demo/${name}.identity.txt`]),
    ),
  );
  await machine.writeFile(`${homeDirectory}/recipients`, `${recipients.join("\n")}\n`);
  await stage.you(`cp -r ${sourceInMachine}/config-example/. . && rm -r demo agent.yaml`);
  await stage.you("ls -C units roles/jobs/units roles/jobs/secrets hosts");
}

async function readExample(path: string): Promise<string> {
  return readFile(`${projectDirectory}/config-example/${path}`, "utf8");
}
