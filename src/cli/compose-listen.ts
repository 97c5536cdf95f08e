/** How a server of an integration listens: at an address of agent.yaml, or on a socket of systemd. */
import type { ListenOptions, Server } from "node:net";
import { listenOnSocketFile } from "../api/socket-file.ts";
import { agentUnit, webhookSocket } from "../core/model/agent-units.ts";
import { AgentError } from "../core/model/errors.ts";
import type { ListenAddress } from "../core/model/listen-address.ts";
import { loadAccounts } from "../host/accounts.ts";

/** A unix socket may be used by root and by the group that may read the status; a port by whoever reaches it. */
const socketMode = 0o660;

/**
 * @param group who may use a unix socket besides root; null: nobody
 * @returns makes a server listen there, and returns a function that removes the socket's file
 */
export function makeListen(
  address: ListenAddress,
  group: string | null,
): (server: Server) => Promise<() => Promise<void>> {
  return async (server) => {
    if (address.kind === "tcp") {
      await listenOnPort(server, address);
      return async () => {};
    }
    const groupId = group === null ? null : await (await loadAccounts()).idOf("group", group);
    return await listenOnSocketFile(server, address.path, { mode: socketMode, groupId });
  };
}

/** sd_listen_fds(3): the first file descriptor that systemd hands over. */
const firstHandedDescriptor = 3;

/**
 * Listens on the one socket that systemd has opened for this process.
 * @throws AgentError `systemd-refused` when there is none
 */
export async function listenOnHandedSocket(server: Server): Promise<() => Promise<void>> {
  const { LISTEN_PID, LISTEN_FDS } = process.env;
  if (LISTEN_PID !== String(process.pid) || Number(LISTEN_FDS) < 1) {
    throw new AgentError("systemd-refused", "systemd has handed over no socket for webhooks", {
      subject: webhookSocket,
      hint: `systemctl enable ${webhookSocket}; systemctl stop ${agentUnit}; systemctl start ${webhookSocket} ${agentUnit}; or write webhook.listen`,
    });
  }
  await listen(server, { fd: firstHandedDescriptor });
  return async () => {};
}

function listenOnPort(
  server: Server,
  { host, port }: Extract<ListenAddress, { kind: "tcp" }>,
): Promise<void> {
  return listen(server, { host, port, exclusive: true });
}

function listen(server: Server, options: ListenOptions & { readonly fd?: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
