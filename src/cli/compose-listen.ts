/** How a server of an integration listens at an address of agent.yaml. */
import type { Server } from "node:net";
import { listenOnSocketFile } from "../api/socket-file.ts";
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

function listenOnPort(
  server: Server,
  { host, port }: Extract<ListenAddress, { kind: "tcp" }>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
