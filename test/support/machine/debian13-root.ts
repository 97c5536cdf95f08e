/**
 * Builds the Debian 13 root file system with debootstrap, once, and keeps it in the cache directory. Another package list
 * makes another root; old ones may be deleted by hand.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { findDebianMirror, readEnvironment, readProxyVariables } from "./apt.ts";
import { checkCommand } from "./command.ts";
import { pollUntil } from "./poll.ts";
import { locateDebian13Root, readPackageList } from "./root-filesystem.ts";

const BUILD_DEADLINE_MS = 30 * 60_000;
const SCRIPTS_DIRECTORY = "/usr/share/debootstrap/scripts";

/**
 * Resolves to the root's directory; builds it when it is not there yet. Two processes do not build it at once.
 *
 * @param report is told what takes so long
 * @throws CommandError with what debootstrap said
 */
export async function ensureDebian13Root(report: (message: string) => void): Promise<string> {
  const root = locateDebian13Root();
  if (existsSync(root)) return root;
  const lock = await acquireLock(`gitops-agent-test:${root}`);
  try {
    if (!existsSync(root)) await buildRoot(root, report);
  } finally {
    lock.close();
  }
  return root;
}

async function buildRoot(root: string, report: (message: string) => void): Promise<void> {
  report(
    `building ${root} with debootstrap, because no Debian 13 root with these packages is cached (1 to 5 minutes)`,
  );
  mkdirSync(dirname(root), { recursive: true });
  // Renamed when it is complete: an interrupted build is never taken for a root.
  const unfinished = `${root}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  try {
    const env = { ...readEnvironment(), ...(await readProxyVariables()) };
    await checkCommand(makeDebootstrapArgv(unfinished), { env, timeoutMs: BUILD_DEADLINE_MS });
    rmSync(join(unfinished, "var/cache/apt"), { recursive: true, force: true });
    rmSync(join(unfinished, "var/lib/apt/lists"), { recursive: true, force: true });
    renameSync(unfinished, root);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** GITOPS_AGENT_TEST_MIRROR, the host's own mirror, or debootstrap's default, in this order. */
function makeDebootstrapArgv(target: string): string[] {
  const mirror = process.env["GITOPS_AGENT_TEST_MIRROR"] || findDebianMirror() || "";
  // A debootstrap older than Debian 13 has no script of that name; all newer releases share sid's.
  const knowsTrixie = existsSync(join(SCRIPTS_DIRECTORY, "trixie"));
  const script = knowsTrixie ? [] : [join(SCRIPTS_DIRECTORY, "sid")];
  const include = `--include=${readPackageList().join(",")}`;
  // An empty mirror argument means the default one.
  const untilWeEnd = ["setpriv", "--pdeathsig=KILL"];
  return [...untilWeEnd, "debootstrap", "--variant=minbase", include, "trixie", target, mirror, ...script];
}

/** A name in the kernel that vanishes with its process: a killed build leaves no lock behind. */
async function acquireLock(name: string): Promise<Server> {
  return await pollUntil(`the lock ${name}`, async () => await tryListen(`\0${name}`), {
    deadlineMs: BUILD_DEADLINE_MS,
  });
}

async function tryListen(address: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, resolve);
  });
  return server;
}
