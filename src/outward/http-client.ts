/** Sends one HTTP request, with limits. Must not put a header or a query into an error: they may have a token. */

const timeoutMs = 20_000;
const maxAnswerBytes = 64 * 1024;

export interface HttpRequest {
  readonly method: "POST" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** The first 64 KiB of the body. */
  readonly text: string;
  /** The header Retry-After, as it is; null when there is none. */
  readonly retryAfter: string | null;
}

/**
 * Follows no redirect: it could carry a token to another host.
 * @throws Error with the host and the reason, when there is no answer within 20 seconds
 */
export async function sendHttp(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { method, url, headers, body } = request;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await fetch(url, { method, headers, body, redirect: "manual", signal: limit });
    const retryAfter = response.headers.get("retry-after");
    return { status: response.status, text: await readStart(response), retryAfter };
  } catch (error) {
    throw new Error(`${hostOf(url)} does not answer: ${explain(error)}`, { cause: error });
  }
}

async function readStart(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxAnswerBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxAnswerBytes).toString("utf8");
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the server";
}

/** fetch says only "fetch failed"; the reason is its cause. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs / 1_000} s`;
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
