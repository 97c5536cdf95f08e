/**
 * Puts a listening unix socket at a path and removes it again. The socket has its final permissions from the first moment
 * that it can be reached. Must not know the protocol.
 */
import { chmod, chown, lstat, mkdir, mkdtemp, rename, rm, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import path from "node:path";
import { AgentError } from "../core/model/errors.ts";
import { describeFailedCall, errnoOf, ifAbsent } from "../lib/system-error.ts";

export interface SocketAccess {
  readonly mode: number;
  /** Null: the group of this process. */
  readonly groupId: number | null;
}

/** unix(7): sun_path has 108 bytes, the last of them zero. */
const maxPathBytes = 107;
const probeTimeoutMs = 1000;

/**
 * Binds the socket in a directory that only this user can enter, sets its permissions there, and renames it into place. A
 * umask would not do: it belongs to the whole process and would change files that other tasks create meanwhile. The rename
 * also replaces a socket that a killed agent has left, or a symlink; it does not follow the link, and there is always a
 * socket. This does not protect from a second agent that starts at the same moment; the agent's lock does.
 * @returns a function that removes the socket, unless another one has replaced it
 * @throws AgentError `agent-locked` when another process listens there, `conflict`, `host-write-failed`
 */
export async function listenOnSocketFile(
  server: Server,
  socketPath: string,
  access: SocketAccess,
): Promise<() => Promise<void>> {
  if (Buffer.byteLength(socketPath) > maxPathBytes) {
    throw new AgentError("host-write-failed", `the path of the socket is too long: ${socketPath}`, {
      subject: socketPath,
      hint: `choose a runtime directory so that the path has at most ${maxPathBytes} bytes`,
    });
  }
  try {
    await mkdir(path.dirname(socketPath), { recursive: true, mode: 0o755 });
    await refuseUnlessReplaceable(socketPath);
    await bindAndRename(server, socketPath, access);
    const { dev, ino } = await lstat(socketPath);
    return () => removeSocketFile(socketPath, dev, ino);
  } catch (error) {
    server.close();
    if (error instanceof AgentError) throw error;
    throw new AgentError("host-write-failed", ...describeFailedCall("create the socket", socketPath, error));
  }
}

async function bindAndRename(server: Server, socketPath: string, access: SocketAccess): Promise<void> {
  const privateDirectory = await mkdtemp(path.join(path.dirname(socketPath), ".socket-"));
  try {
    const privatePath = path.join(privateDirectory, "s");
    await listen(server, privatePath);
    if (access.groupId !== null) await giveToGroup(privatePath, access.groupId);
    await chmod(privatePath, access.mode);
    await rename(privatePath, socketPath);
  } finally {
    await rm(privateDirectory, { recursive: true, force: true });
  }
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function giveToGroup(socketPath: string, groupId: number): Promise<void> {
  try {
    await chown(socketPath, process.geteuid?.() ?? -1, groupId);
  } catch (error) {
    // An agent of an ordinary user may not be in the group; then the socket keeps the user's own group.
    if (errnoOf(error) !== "EPERM") throw error;
  }
}

async function refuseUnlessReplaceable(socketPath: string): Promise<void> {
  const standing = await lstat(socketPath).catch(ifAbsent(null));
  if (standing === null || standing.isSymbolicLink()) return;
  if (!standing.isSocket()) {
    throw new AgentError("conflict", `${socketPath} is in the way: it is not a socket`, {
      subject: socketPath,
      hint: "look at what it is, and move it away",
    });
  }
  if (await isAnswering(socketPath)) {
    throw new AgentError("agent-locked", `another process listens on ${socketPath}`, {
      subject: socketPath,
      hint: `find it with: ss -xlp src ${socketPath}`,
    });
  }
}

/** Whether a process listens there. Only a refused connection proves that none does. */
function isAnswering(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socketPath);
    const finish = (answer: boolean) => {
      probe.destroy();
      resolve(answer);
    };
    probe.setTimeout(probeTimeoutMs, () => finish(true));
    probe.once("connect", () => finish(true));
    probe.once("error", (error) => finish(!["ECONNREFUSED", "ENOENT"].includes(errnoOf(error) ?? "")));
  });
}

async function removeSocketFile(socketPath: string, dev: number, ino: number): Promise<void> {
  const standing = await lstat(socketPath).catch(() => null);
  if (standing?.dev === dev && standing.ino === ino) await unlink(socketPath);
}
