/** A member of the readers' group who means harm, as a unit of the machine. */
import type { Machine } from "../machine/machine.ts";

const floodPath = "/opt/flood.mjs";
/** A hundred connections at all times, in three manners; says how many it has made. */
const flood = `
import { connect } from "node:net";
const request = "GET /v1/status HTTP/1.1\\r\\nhost: agent\\r\\n\\r\\n";
const kinds = {
  // Asks five hundred times at once, and throws away what comes.
  pipelining: (socket) => { socket.write(request.repeat(500)); socket.resume(); },
  // One byte a second.
  slow: (socket) => { let next = 0; const timer = setInterval(() => socket.write(request[next++ % request.length]), 1000);
    socket.once("close", () => clearInterval(timer)); socket.resume(); },
  // Asks, and never reads.
  deaf: (socket) => { socket.write(request.repeat(500)); socket.pause(); },
};
let connections = 0;
function attack(kind) {
  const socket = connect("/run/gitops-agent/status.sock", () => { connections += 1; kinds[kind](socket); });
  socket.on("error", () => undefined);
  socket.once("close", () => setTimeout(() => attack(kind), 20));
}
const names = Object.keys(kinds);
for (let index = 0; index < 100; index += 1) attack(names[index % names.length]);
setInterval(() => console.log("connections", connections), 1000);
`;

/** Starts `flood.service` as a new user in the group, and returns when it has made some hundred connections. */
export async function startFlood(machine: Machine): Promise<void> {
  await machine.check(["useradd", "--system", "--gid", "gitops-agent", "mallory"]);
  await machine.writeFile(floodPath, flood);
  const user = ["--uid=mallory", "--gid=gitops-agent", "--unit=flood"];
  const node = await machine.shell("command -v node");
  await machine.check(["systemd-run", ...user, node, floodPath]);
  await machine.waitFor("the flood", async () => (await countFloodConnections(machine)) > 300, 60_000);
}

export async function countFloodConnections(machine: Machine): Promise<number> {
  const said = await machine.journal({ unit: "flood.service" });
  return Number(/.*connections (\d+)/s.exec(said)?.[1] ?? 0);
}
