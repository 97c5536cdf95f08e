/** Whether a webhook was sent by somebody who knows the secret. Must not look at what it says. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/**
 * The fields with HMAC-SHA256 over the body, in hexadecimal digits. GitHub's has the prefix `sha256=`; Gitea and Forgejo send theirs
 * without it. Any other sender can use GitHub's field.
 */
const signatureFields = ["x-hub-signature-256", "x-forgejo-signature", "x-gitea-signature"];
/** GitLab sends the secret itself. */
const tokenField = "x-gitlab-token";

/** True for one right signature; each that is there counts, so a wrong one beside it does no harm. */
export function isSigned(headers: IncomingHttpHeaders, body: Uint8Array, secret: string): boolean {
  const expected = createHmac("sha256", secret).update(body).digest("hex");
  const signatures = signatureFields.flatMap((field) => headers[field] ?? []);
  const isRight = signatures.some((signature) => isSame(signature.replace(/^sha256=/, ""), expected));
  const token = headers[tokenField];
  return isRight || (typeof token === "string" && isSame(token, secret));
}

/** Takes the same time whatever differs. The digests make both as long. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
