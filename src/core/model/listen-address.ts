/** Where a server of the agent listens, as agent.yaml says. Pure data and pure functions. */

export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

const unixPrefix = "unix:";
const tcpPattern = /^(?:\[(?<six>[0-9A-Fa-f:]+)\]|(?<four>[0-9.]+)):(?<port>[0-9]{1,5})$/;

/** `127.0.0.1:9638`, `[::1]:9638` or `unix:/run/name.sock`; null for anything else. Names are not looked up. */
export function parseListenAddress(text: string): ListenAddress | null {
  if (text.startsWith(`${unixPrefix}/`)) return { kind: "unix", path: text.slice(unixPrefix.length) };
  const { six, four, port = "" } = tcpPattern.exec(text)?.groups ?? {};
  const host = six ?? four;
  const isPort = Number(port) > 0 && Number(port) < 65_536;
  if (host === undefined || !isPort || !(six === undefined ? isIpv4(host) : isIpv6(host))) return null;
  return { kind: "tcp", host, port: Number(port) };
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) < 256);
}

/** RFC 4291, section 2.2, without the form that ends as IPv4 does. */
function isIpv6(text: string): boolean {
  const halves = text.split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const isComplete = halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length < 8;
  return isComplete && groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group));
}
