/** A key of agent.yaml that says where a server listens. */
import { parseListenAddress } from "../core/model/listen-address.ts";
import type { Problem } from "./names.ts";
import { text } from "./schema-parts.ts";

export const listenAddress = text("an address such as 127.0.0.1:9638", checkListenAddress);

function checkListenAddress(address: string): Problem | null {
  if (parseListenAddress(address) !== null) return null;
  return {
    message: "expected an IP address and a port, or unix: and an absolute path",
    hint: "write for instance 127.0.0.1:9638, [::1]:9638 or unix:/run/gitops-agent/metrics.sock",
  };
}
