/**
 * One JSON file of the agent's state: writes it whole, reads it and checks its shape. What is known of the file is read
 * again only when it has changed. Must not guess what an unusable file meant.
 */
import type { z } from "zod";
import { AgentError } from "../core/model/errors.ts";
import { readBoundedFile } from "../lib/bounded-file.ts";
import { digestBytes } from "../lib/digest.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";
import { glimpse, StatMemory } from "./stat-memory.ts";
import { writeState } from "./write-state.ts";

const limitBytes = 64 * 1024 * 1024;

export interface StateFileOptions<Value> {
  readonly path: string;
  readonly schema: z.ZodType<Value>;
  /** The newest version of the file that `schema` knows. */
  readonly version: number;
  /** What to do about a file that cannot be used. */
  readonly hint: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class StateFile<Value> {
  readonly #options: StateFileOptions<Value>;
  readonly #memory = new StatMemory<Value>();
  /** What was saved last. A file with the same bytes need be neither parsed nor checked. */
  #saved: { readonly digest: string; readonly value: Value } | null = null;

  constructor(options: StateFileOptions<Value>) {
    this.#options = options;
  }

  /**
   * Null when there is no file.
   * @throws AgentError `state-unreadable` for a file that does not match the schema, or has a version that is not known
   */
  async load(): Promise<Value | null> {
    const { path, now } = this.#options;
    const before = glimpse(path, now());
    const known = this.#memory.recall(path, before);
    if (known !== undefined) return known;
    const bytes = await readBytes(path);
    if (bytes === null) return null;
    const saved = this.#saved;
    const value = saved?.digest === digestBytes(bytes) ? saved.value : parseState(bytes, this.#options);
    this.#memory.remember(path, before, value);
    return value;
  }

  /**
   * The file gets mode 0600. Its directory gets mode 0700 if it is created.
   * @throws AgentError `state-unwritable`; the old file is then still in place
   */
  async save(value: Value): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    await writeState(this.#options.path, bytes);
    this.#saved = { digest: digestBytes(bytes), value };
  }
}

function parseState<Value>(
  bytes: Uint8Array,
  { path: file, schema, version: supportedVersion, hint }: StateFileOptions<Value>,
): Value {
  const json = parseJson(bytes, file, hint);
  const version = readVersion(json);
  if (version !== undefined && version > supportedVersion) {
    throw unreadable(
      file,
      `it has version ${version}, and this gitops-agent knows versions up to ${supportedVersion}`,
      `install the gitops-agent that wrote it, or a newer one`,
    );
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? "the top level" : issue.path.join(" → ");
  throw unreadable(file, `${place}: ${issue?.message ?? "unexpected content"}`, hint, result.error);
}

async function readBytes(file: string): Promise<Uint8Array | null> {
  try {
    return (await readBoundedFile(file, { limitBytes, symlink: "refuse" })).bytes;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    const { what, hint } = explainSystemError(error);
    throw unreadable(file, what, hint, error);
  }
}

function parseJson(bytes: Uint8Array, file: string, hint: string): unknown {
  const size = bytes.byteLength;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw unreadable(
      file,
      size === 0 ? "it is empty" : `it is damaged or cut off (${size} bytes)`,
      hint,
      error,
    );
  }
}

function readVersion(json: unknown): number | undefined {
  if (typeof json !== "object" || json === null || !("version" in json)) return undefined;
  return typeof json.version === "number" ? json.version : undefined;
}

function unreadable(file: string, what: string, hint: string, cause?: unknown): AgentError {
  return new AgentError("state-unreadable", `cannot use ${file}: ${what}`, { subject: file, hint, cause });
}
