/**
 * Posts a message by HTTP, and says what the answer means: taken, refused, or to be tried again. Must not show a secret of the
 * request, also when the other side repeats it.
 */
import { escapeUnprintable } from "../../lib/printable.ts";
import { type HttpAnswer, sendHttp } from "../http-client.ts";
import type { Answered } from "./transport.ts";

const shownLength = 200;
const usualPauseMs = 30_000;
/** Shorter parts of a URL are words, such as `services`. */
const leastSecretLength = 8;

export interface Post {
  readonly method?: "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The file that a wrong login is about; null when there is none. */
  readonly credential: string | null;
  /** What must not be shown, besides the parts of the URL. */
  readonly secrets: readonly string[];
}

/** @throws Error when the other side does not answer, or has a failure of its own */
export async function post(request: Post, signal: AbortSignal): Promise<Answered> {
  const { url, method = "POST", headers, body } = request;
  let answer: HttpAnswer;
  try {
    answer = await sendHttp({ method, url: url.href, headers, body }, signal);
  } catch (error) {
    throw new Error(hide(error instanceof Error ? error.message : String(error), request));
  }
  return judge(answer, request);
}

function judge({ status, text, retryAfter }: HttpAnswer, request: Post): Answered {
  const said = hide(escapeUnprintable(text.trim()), request).slice(0, shownLength);
  const answer = `HTTP ${status}${said === "" ? "" : `: ${said}`}`;
  if (status >= 200 && status < 300) return { outcome: "sent", answer };
  const { credential, url } = request;
  const reason = `${url.host} answers ${answer}`;
  if (status >= 300 && status < 400) {
    return { outcome: "refused", reason: `${url.host} redirects (HTTP ${status}): write the final URL` };
  }
  const pauseMs = readPause(retryAfter);
  if (status === 429 || status === 408 || (status >= 500 && pauseMs !== null)) {
    return { outcome: "later", reason, afterMs: pauseMs ?? usualPauseMs };
  }
  if (status >= 500) throw new Error(reason);
  const isLogin = (status === 401 || status === 403) && credential !== null;
  return { outcome: "refused", reason: isLogin ? `${reason} (see ${credential})` : reason };
}

/** Seconds or a date (RFC 9110, Retry-After) → milliseconds; null for neither. */
function readPause(value: string | null): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** Also takes out the parts of the URL: each may be a token. */
function hide(text: string, { url, secrets }: Post): string {
  const parts = [
    url.href,
    `${url.pathname}${url.search}`,
    ...url.pathname.split("/"),
    ...url.searchParams.values(),
  ];
  const hidden = [...secrets, ...parts].filter((part) => part.length >= leastSecretLength);
  return hidden.reduce((shown, part) => shown.replaceAll(part, "[not shown]"), text);
}
