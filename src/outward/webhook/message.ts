/** What a webhook that is signed says. Must not trust it for more than a hint. */
import type { IncomingHttpHeaders } from "node:http";

/** `push`: the followed branch may have moved; `ping`: the forge tries whether anybody is there; `other`: nothing for us. */
export type WebhookMeaning = "push" | "ping" | "other";

const eventFields = ["x-github-event", "x-forgejo-event", "x-gitea-event", "x-gitlab-event"];
/** GitLab's names are `Push Hook` and `Tag Push Hook`, and `System Hook` for those of a whole server. */
const pushEvents = ["push", "push hook", "tag push hook", "system hook"];

/**
 * @param followed the ref that this host follows, such as `refs/heads/main`; null: it follows one commit
 * @param body JSON; a sender that is no forge may send anything, also nothing
 */
export function readMeaning(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  followed: string | null,
): WebhookMeaning {
  const event = eventFields.flatMap((field) => headers[field] ?? [])[0]?.toLowerCase();
  if (event === "ping") return "ping";
  if (event !== undefined && !pushEvents.includes(event)) return "other";
  const ref = readRef(body);
  return ref === null || ref === followed ? "push" : "other";
}

/** The ref that was pushed; null when the body does not say. */
function readRef(body: Uint8Array): string | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof value !== "object" || value === null || !("ref" in value)) return null;
    return typeof value.ref === "string" ? value.ref : null;
  } catch {
    return null;
  }
}
