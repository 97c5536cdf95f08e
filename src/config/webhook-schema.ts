/** The schema of `webhook:` in agent.yaml. */
import { agentDefaults } from "./agent-defaults.ts";
import { listenAddress } from "./listen.ts";
import { checkFilePath } from "./names.ts";
import { duration, section, text } from "./schema-parts.ts";

const maxJitterMs = 600_000;

export const webhookSection = section("a map with secret-file and listen", {
  listen: listenAddress.optional().meta({
    description:
      "Where the forge's requests come in. Without it: the socket of gitops-agent-webhook.socket, which systemd hands over.",
    examples: ["127.0.0.1:9639"],
  }),
  "secret-file": text("an absolute path", checkFilePath, "^/").meta({
    description: "File with the secret that the forge signs with.",
  }),
  jitter: duration(0, maxJitterMs).optional().meta({
    description: "The longest wait before the repository is asked, so that many hosts do not ask at once.",
    default: agentDefaults.webhookJitter,
  }),
});
