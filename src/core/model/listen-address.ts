/** Where a server of the agent listens, as agent.yaml says. Pure data and pure functions. */

export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

const unixPrefix = "unix:";
const tcpPattern = /^(?:\[(?<six>[0-9A-Fa-f:.]+)\]|(?<four>[0-9.]+)):(?<port>[0-9]{1,5})$/;

/** `127.0.0.1:9638`, `[::1]:9638` or `unix:/run/name.sock`; null for anything else. Names are not looked up. */
export function parseListenAddress(text: string): ListenAddress | null {
  if (text.startsWith(`${unixPrefix}/`)) return { kind: "unix", path: text.slice(unixPrefix.length) };
  const { six, four, port = "" } = tcpPattern.exec(text)?.groups ?? {};
  const host = six ?? four;
  const isPort = Number(port) > 0 && Number(port) < 65_536;
  if (host === undefined || !isPort || (four !== undefined && !isIpv4(four))) return null;
  return { kind: "tcp", host, port: Number(port) };
}

export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `${unixPrefix}${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) < 256);
}
