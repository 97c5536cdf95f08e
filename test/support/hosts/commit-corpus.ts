/**
 * The corpora below test/fixtures: one commit a YAML file, as people and attackers write them. Reads them and turns
 * them into what git fast-import takes; knows nothing of what the agent makes of them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { type FixtureChanges, type FixtureEntry, formatCommit } from "../git/git-fixture.ts";

const repeated = z.strictObject({
  before: z.string().default(""),
  repeat: z.string(),
  times: z.number(),
  after: z.string().default(""),
  /** Puts the same content at path-0, path-1, … */
  copies: z.number().optional(),
});
const secret = z.strictObject({
  secret: z.union([z.string(), repeated]),
  to: z.enum(["host", "stranger"]),
  /** Bytes of the file that are left of it. */
  keep: z.number().optional(),
  /** Offset of a letter that is exchanged for another. */
  flip: z.number().optional(),
});
const entry = z.union([
  z.string(),
  z.strictObject({ symlink: z.union([z.string(), repeated.transform(expand)]) }),
  z.strictObject({ submodule: z.union([z.string(), z.number()]).transform(() => "1".repeat(40)) }),
  z.strictObject({ executable: z.string() }),
  z.strictObject({ base64: z.string() }),
  repeated,
  secret,
]);
/** A tree that no git command makes, as bytes: `directory/name` below a directory, or a name for the second time. */
const rawTree = z.strictObject({
  below: z.string(),
  directory: z.string().optional(),
  name: z.string(),
  content: z.string(),
});

const commit = z.strictObject({
  title: z.string(),
  /** Only where podman's generator is installed. */
  needs: z.literal("quadlets").optional(),
  /** On top of the good state. U+F7xx in a path stands for the byte xx. */
  changes: z.record(z.string(), entry).default({}),
  "raw-tree": rawTree.optional(),
  /** Nothing at all is left. */
  empty: z.boolean().default(false),
});
const badCommit = commit.extend({
  code: z.string(),
  /** Fragments of the rejection, details included. */
  says: z.array(z.string()),
  "never-says": z.array(z.string()).default([]),
});
const alarmingCommit = commit.extend({
  /** A pattern for each warning about the commit; there must be no others. */
  warns: z.array(z.string()),
});

export type CorpusCommit = z.output<typeof commit> & { readonly name: string };
export type BadCommit = z.output<typeof badCommit> & { readonly name: string };
export type AlarmingCommit = z.output<typeof alarmingCommit> & { readonly name: string };

export function readBadCommits(): readonly BadCommit[] {
  return readCorpus("bad-commits").map(({ name, value }) => ({ ...badCommit.parse(value), name }));
}

export function readAlarmingCommits(): readonly AlarmingCommit[] {
  return readCorpus("alarming-commits").map(({ name, value }) => ({ ...alarmingCommit.parse(value), name }));
}

function readCorpus(name: string): readonly { readonly name: string; readonly value: unknown }[] {
  const directory = new URL(`../../fixtures/${name}/`, import.meta.url);
  return readdirSync(directory)
    .filter((file) => file.endsWith(".yaml"))
    .toSorted()
    .map((file) => ({
      name: file.replace(/\.yaml$/, ""),
      value: parse(readFileSync(new URL(file, directory), "utf8")),
    }));
}

/** Makes the secrets of a case: what depends on keys that exist only at run time. */
export interface CorpusSecrets {
  encrypt(plaintext: string, to: "host" | "stranger"): Promise<string>;
}

/**
 * A commit whose whole tree is the good state and the changes of the case, for `git fast-import`.
 * @param number counts the commits of a test; the first has no parent
 */
export async function formatCorpusCommit(
  good: FixtureChanges,
  corpusCommit: CorpusCommit,
  number: number,
  secrets: CorpusSecrets,
): Promise<Buffer> {
  const changes: Record<string, FixtureEntry> = corpusCommit.empty ? { "README.md": "empty\n" } : { ...good };
  const copies: Buffer[] = [];
  const blobs: Buffer[] = [];
  for (const [path, value] of Object.entries(corpusCommit.changes)) {
    if (typeof value === "object" && "repeat" in value && value.copies !== undefined) {
      blobs.push(Buffer.from("blob\nmark :1\n"), formatData(expand(value)));
      for (let index = 0; index < value.copies; index += 1)
        copies.push(Buffer.from(`M 100644 :1 ${path}-${index}\n`));
    } else changes[path] = await makeEntry(value, secrets);
  }
  const formatted = formatCommit({
    branch: "main",
    when: `${1_700_000_000 + number} +0000`,
    message: corpusCommit.name,
    parent: number === 0 ? "" : "from refs/heads/main^0\ndeleteall\n",
    changes,
  });
  return Buffer.concat([...blobs, unescapeBytes(formatted), ...copies]);
}

async function makeEntry(value: z.output<typeof entry>, secrets: CorpusSecrets): Promise<FixtureEntry> {
  if (typeof value === "string" || "symlink" in value || "submodule" in value) return value;
  if ("executable" in value) return { mode: "executable", content: value.executable };
  if ("base64" in value) return Buffer.from(value.base64, "base64");
  if ("repeat" in value) return expand(value);
  const plaintext = typeof value.secret === "string" ? value.secret : expand(value.secret);
  const file = await secrets.encrypt(plaintext, value.to);
  const { flip } = value;
  const flipped =
    flip === undefined
      ? file
      : `${file.slice(0, flip)}${file[flip] === "A" ? "B" : "A"}${file.slice(flip + 1)}`;
  return flipped.slice(0, value.keep);
}

function expand({ before, repeat, times, after }: z.output<typeof repeated>): string {
  return `${before}${repeat.repeat(times)}${after}`;
}

function formatData(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from("\n")]);
}

/** fast-import quotes U+F7xx in a path as the three bytes of its UTF-8; one byte is meant. */
function unescapeBytes(stream: Buffer): Buffer {
  return Buffer.from(
    stream.toString("latin1").replace(/\\357\\(23[67])\\(2\d\d)/g, (_, high: string, low: string) => {
      const byte = ((Number.parseInt(high, 8) & 0x03) << 6) | (Number.parseInt(low, 8) & 0x3f);
      return `\\${byte.toString(8).padStart(3, "0")}`;
    }),
    "latin1",
  );
}

/** A shell script that puts a raw tree entry into a new tip of main; GIT_DIR is the repository. */
export function formatRawTreeScript({ below, directory, name, content }: z.output<typeof rawTree>): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return `
    bytes() { printf '%b' "$(sed 's/../\\\\x&/g' <<<"$1")"; }
    entry() { printf '%s %s\\0' "$1" "$2"; bytes "$3"; }
    tree() { git hash-object -t tree -w --literally --stdin; }
    blob=$(printf '%s' ${quote(content)} | git hash-object -w --stdin)
    ${
      directory === undefined
        ? `added() { entry 100644 ${quote(name)} "$blob"; }`
        : `inner=$(entry 100644 ${quote(name)} "$blob" | tree)
    added() { entry 40000 ${quote(directory)} "$inner"; }`
    }
    changed=$( { git cat-file tree main:${below}; added; } | tree)
    root=$( { git ls-tree main | while read -r mode type id path; do
        [ "$path" = ${below} ] && id=$changed
        [ "$type" = tree ] && mode=40000
        entry "$mode" "$path" "$id"
      done; } | tree)
    git update-ref refs/heads/main "$(git commit-tree -p main -m raw "$root")"`;
}
