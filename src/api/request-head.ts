/**
 * Reads the head of the one HTTP request that a connection may make, with a limit of bytes and time. Must not read what
 * follows the head, and must not answer.
 */
import type { Socket } from "node:net";

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** True when the head announces a body, which is not read. */
  readonly hasBody: boolean;
  /** The field Last-Event-ID, which a reader of events sends when it comes again; null without one. */
  readonly lastEventId: string | null;
}

/** The HTTP status to answer with: not a request, too slow, too long. */
export type HeadProblem = 400 | 408 | 431;

const maxHeadBytes = 8192;
const headTimeoutMs = 5000;
const headEnd = "\r\n\r\n";

/**
 * Resolves when the head is complete or cannot become complete. Then pauses the connection, so that nothing more is read.
 * @returns the head; the HTTP status to answer with when it is unusable; null when the client disconnected before
 */
export async function readRequestHead(socket: Socket): Promise<RequestHead | HeadProblem | null> {
  const text = await readUntilHeadEnd(socket);
  return typeof text === "string" ? (parseRequestHead(text) ?? 400) : text;
}

function readUntilHeadEnd(socket: Socket): Promise<string | HeadProblem | null> {
  return new Promise((resolve) => {
    let text = "";
    const finish = (result: string | HeadProblem | null) => {
      clearTimeout(timer);
      socket.pause();
      socket.off("data", take);
      socket.off("end", leave);
      socket.off("close", leave);
      resolve(result);
    };
    const take = (chunk: Buffer) => {
      // Keeps one byte more than the limit of each chunk, so that a head that is too long is recognised.
      text += chunk.toString("latin1", 0, maxHeadBytes + 1);
      const end = text.indexOf(headEnd);
      if (end === -1 ? text.length > maxHeadBytes : end > maxHeadBytes) finish(431);
      else if (end !== -1) finish(text.slice(0, end));
    };
    const leave = () => finish(null);
    const timer = setTimeout(() => finish(408), headTimeoutMs);
    socket.on("data", take);
    socket.once("end", leave);
    socket.once("close", leave);
  });
}

/** Parses a request head of HTTP/1 for a path (RFC 9112, sections 3 and 5); null for anything else. */
function parseRequestHead(text: string): RequestHead | null {
  const [requestLine = "", ...fieldLines] = text.split("\r\n");
  const [, method, path, query] = /^([A-Z]+) (\/[^\s?]*)(?:\?(\S*))? HTTP\/1\.[01]$/.exec(requestLine) ?? [];
  if (method === undefined || path === undefined) return null;
  const fields = new Map<string, string>();
  for (const line of fieldLines) {
    const [, name, value] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return null;
    fields.set(name.toLowerCase(), value);
  }
  const hasBody = fields.has("transfer-encoding") || (fields.get("content-length") ?? "0") !== "0";
  const lastEventId = fields.get("last-event-id") ?? null;
  return { method, path, query: new URLSearchParams(query ?? ""), hasBody, lastEventId };
}
