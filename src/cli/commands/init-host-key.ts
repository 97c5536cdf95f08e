/**
 * The part of `init` that decides which host key of the git server is trusted: the one that a person confirms, on the
 * terminal or by its fingerprint. Without either nothing is trusted.
 */
import { AgentError } from "../../core/model/errors.ts";
import type { HostKey, HostKeyPin } from "../compose-host-key.ts";
import { writeText } from "../output.ts";
import { renderHostKeys, renderInitStep } from "../render/init.ts";
import { askYesNo, hasPerson } from "../terminal.ts";

/**
 * Pins a host key where none is pinned yet.
 * @param accepted the fingerprint that a person gave, or null
 * @returns false when nobody has confirmed a key; what to do is printed
 * @throws AgentError `repository-unreachable` when the server shows no key, or not the accepted one
 */
export async function settleHostKey(
  pin: HostKeyPin,
  { accepted, isDry }: { readonly accepted: string | null; readonly isDry: boolean },
): Promise<boolean> {
  const step = { path: pin.file, what: `the host key of ${pin.server}` };
  const isPinned = await pin.isPinned();
  if (isPinned || isDry) {
    const what = isPinned ? step.what : `${step.what}, after somebody has confirmed it`;
    writeText(renderInitStep({ ...step, what, state: isPinned ? "found" : "wanted" }));
    return true;
  }
  const keys = await pin.scan();
  const key =
    accepted === null ? await confirmFirst(pin.server, keys) : findAccepted(pin.server, keys, accepted);
  if (key === null) return false;
  await pin.pin(key);
  writeText(renderInitStep({ ...step, what: `${step.what}, ${key.fingerprint}`, state: "made" }));
  return true;
}

function findAccepted(server: string, keys: readonly HostKey[], accepted: string): HostKey {
  const found = keys.find(({ fingerprint }) => fingerprint === accepted.replace(/=+$/, ""));
  if (found !== undefined) return found;
  const shown = keys.map(({ fingerprint }) => fingerprint).join(", ");
  throw new AgentError("repository-unreachable", `${server} does not show the host key that was accepted`, {
    subject: server,
    hint: `it shows ${shown}; if the operator of the server does not publish one of these, somebody is in between`,
  });
}

async function confirmFirst(server: string, keys: readonly HostKey[]): Promise<HostKey | null> {
  const [first] = keys;
  if (first === undefined) return null;
  writeText(renderHostKeys(server, keys));
  writeText("Compare the first one with what the server's operator publishes.\n");
  if (hasPerson()) return (await askYesNo(`is ${first.fingerprint} the key of ${server}?`)) ? first : null;
  writeText(`Then run: gitops-agent init --accept-host-key ${first.fingerprint}\n`);
  return null;
}
