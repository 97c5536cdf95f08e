/**
 * Users and groups by name and number. Reads /etc/passwd and /etc/group itself, because starting a process per file
 * would cost more than the rest of an audit; asks getent(1) for the others (DynamicUser=, LDAP, systemd-homed).
 * Must not cache across calls of `loadAccounts`: accounts come and go while the agent runs.
 */
import { readBoundedFile } from "../lib/bounded-file.ts";
import { readProgram } from "../lib/program.ts";

export type AccountKind = "user" | "group";

/** One consistent view; unknown accounts are asked for once. */
export interface Accounts {
  /** The name for a number; the number as text when it has no name. */
  nameOf(kind: AccountKind, id: number): Promise<string>;
  /** The number for a name or a number as text; null when there is no such account. */
  idOf(kind: AccountKind, name: string): Promise<number | null>;
}

interface Database {
  readonly ids: Map<string, Promise<number | null>>;
  readonly names: Map<number, Promise<string>>;
}

const sources = {
  user: { file: "/etc/passwd", database: "passwd" },
  group: { file: "/etc/group", database: "group" },
} as const;
/** The files to watch: a change in one of them may give a number another name. */
export const accountFiles: readonly string[] = Object.values(sources).map(({ file }) => file);
const fileLimitBytes = 8 * 1024 * 1024;
const getentLimits = { timeoutMs: 5_000, limitBytes: 1024 * 1024 };

/** Reads the account files of this host. */
export async function loadAccounts(): Promise<Accounts> {
  const databases = { user: await loadDatabase("user"), group: await loadDatabase("group") };
  return {
    nameOf: (kind, id) =>
      remember(
        databases[kind].names,
        id,
        async () => (await askGetent(kind, String(id)))?.name ?? String(id),
      ),
    idOf: (kind, name) =>
      remember(databases[kind].ids, name, async () => (await askGetent(kind, name))?.id ?? parseId(name)),
  };
}

async function loadDatabase(kind: AccountKind): Promise<Database> {
  const database: Database = { ids: new Map(), names: new Map() };
  for (const line of await readLines(sources[kind].file)) {
    const account = parseAccount(line);
    if (account === null) continue;
    // The first line wins where several share a number, as in the C library.
    if (!database.names.has(account.id)) database.names.set(account.id, Promise.resolve(account.name));
    if (!database.ids.has(account.name)) database.ids.set(account.name, Promise.resolve(account.id));
  }
  return database;
}

async function readLines(file: string): Promise<readonly string[]> {
  try {
    const { bytes } = await readBoundedFile(file, { limitBytes: fileLimitBytes, symlink: "follow" });
    return new TextDecoder().decode(bytes).split("\n");
  } catch {
    return []; // getent is asked instead of this file.
  }
}

/** One line of passwd(5) or group(5): both begin with name, password, number. */
export function parseAccount(line: string): { readonly name: string; readonly id: number } | null {
  const [name, , idText] = line.split(":");
  const id = idText === undefined ? null : parseId(idText);
  return name === undefined || name === "" || id === null ? null : { name, id };
}

function parseId(text: string): number | null {
  // 2³² − 1 means "no change" to chown(2).
  return /^(0|[1-9][0-9]{0,9})$/.test(text) && Number(text) < 0xffff_ffff ? Number(text) : null;
}

async function askGetent(kind: AccountKind, key: string) {
  try {
    const { exitCode, stdout } = await readProgram(
      "getent",
      ["--", sources[kind].database, key],
      getentLimits,
    );
    // Exit status 2 is "not found".
    return exitCode === 0 ? parseAccount(stdout.split("\n")[0] ?? "") : null;
  } catch {
    return null; // getent failed, for example because a directory service is down: then there is no answer.
  }
}

function remember<Key, Value>(
  memory: Map<Key, Promise<Value>>,
  key: Key,
  find: () => Promise<Value>,
): Promise<Value> {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const found = find();
  memory.set(key, found);
  return found;
}
