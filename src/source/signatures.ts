/**
 * Asks git whether signatures of commits are good. It asks in two ways, because each lacks something: the letter of `%G?`
 * ignores gpg.minTrustLevel, and the exit status of verify-commit does not say whose signature it was. Must not judge by
 * itself, and must not explain anything.
 */
import { DamagedObject } from "./blob-reader.ts";
import { GitFailure, streamGit } from "./git-process.ts";
import type { CloneReader } from "./history.ts";

/** What git says about one commit. */
export interface Verdict {
  readonly commit: string;
  /** `%G?` of git-log(1): G is good, everything else is not; `?` when git could not even read the signature. */
  readonly letter: string;
  /** Principal of the SSH key or user id of the OpenPGP key, as the administrator's file has it; may be empty. */
  readonly signer: string;
  /** Fingerprint or id of the key; may be empty. */
  readonly key: string;
}

const format = ["%H", "%G?", "%GS", "%GK"].join("%x00");
const fieldCount = 4;

/**
 * Reads git's verdict on each commit, by commit. git stops at the first commit whose signature it cannot parse: the commits
 * after it have no verdict.
 * @throws DamagedObject when a commit cannot be read; the signal's reason
 */
export async function readVerdicts(
  commits: readonly string[],
  reader: CloneReader,
): Promise<ReadonlyMap<string, Verdict>> {
  const chunks: Buffer[] = [];
  let failure: GitFailure | null = null;
  try {
    await streamGit(["log", "--no-walk=unsorted", "--stdin", "-z", `--format=tformat:${format}`], {
      ...reader,
      input: `${commits.join("\n")}\n`,
      onOutput: (chunk) => chunks.push(chunk),
    });
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    if (isDamage(error)) throw new DamagedObject("a commit could not be read");
    failure = error;
  }
  const verdicts = parseVerdicts(Buffer.concat(chunks).toString("utf8"));
  const unread = commits.find((commit) => !verdicts.has(commit));
  if (failure !== null && unread !== undefined) {
    verdicts.set(unread, { commit: unread, letter: "?", signer: "", key: "" });
  }
  return verdicts;
}

/** Each record has four fields and ends in NUL. A field cannot contain NUL, because git handles them as C strings. */
function parseVerdicts(output: string): Map<string, Verdict> {
  const fields = output.split("\0");
  const verdicts = new Map<string, Verdict>();
  for (let start = 0; start + fieldCount < fields.length; start += fieldCount) {
    const [commit = "", letter = "", signer = "", key = ""] = fields.slice(start, start + fieldCount);
    verdicts.set(commit, { commit, letter, signer, key });
  }
  return verdicts;
}

/** So many ids are much shorter than the longest command line that Linux allows. */
const commitsPerCommand = 1000;

/**
 * Has git verify all of the commits.
 * @returns git's failure for the first ones that it does not accept; null when it accepts all
 * @throws the signal's reason
 */
export async function findObjection(
  commits: readonly string[],
  reader: CloneReader,
): Promise<GitFailure | null> {
  for (let start = 0; start < commits.length; start += commitsPerCommand) {
    const some = commits.slice(start, start + commitsPerCommand);
    try {
      await streamGit(["verify-commit", "--raw", ...some], { ...reader, onOutput: () => {} });
    } catch (error) {
      if (error instanceof GitFailure) return error;
      throw error;
    }
  }
  return null;
}

export type SignatureKind = "ssh" | "openpgp" | "x509" | "none" | "other";

export interface CommitHead {
  readonly signature: SignatureKind;
  /** First line of the message, as it is. */
  readonly subject: string;
}

/** More than a usual commit has before the end of its subject. */
const keptBytes = 64 * 1024;

/**
 * Reads the kind of a commit's signature, and its subject.
 * @throws DamagedObject when the commit cannot be read; the signal's reason
 */
export async function readCommitHead(commit: string, reader: CloneReader): Promise<CommitHead> {
  let start = Buffer.alloc(0);
  const onOutput = (chunk: Buffer): void => {
    if (start.length < keptBytes) start = Buffer.concat([start, chunk]).subarray(0, keptBytes);
  };
  try {
    await streamGit(["cat-file", "commit", commit], { ...reader, onOutput });
  } catch (error) {
    throw error instanceof GitFailure ? new DamagedObject(`commit ${commit} could not be read`) : error;
  }
  const [headers = "", ...message] = start.toString("utf8").split("\n\n");
  const [subject = ""] = message.join("\n\n").trimStart().split("\n");
  return { signature: kindOf(headers), subject };
}

function kindOf(headers: string): SignatureKind {
  const begin = /^gpgsig(?:-sha256)? (.*)$/m.exec(headers)?.[1];
  if (begin === undefined) return "none";
  if (begin.startsWith("-----BEGIN SSH SIGNATURE-----")) return "ssh";
  if (/^-----BEGIN PGP (?:SIGNATURE|MESSAGE)-----/.test(begin)) return "openpgp";
  return begin.startsWith("-----BEGIN SIGNED MESSAGE-----") ? "x509" : "other";
}

function isDamage(failure: GitFailure): boolean {
  return /corrupt|bad object|bad tree object|could not (?:read|parse)|unable to (?:read|unpack)|inflate|is empty|missing (?:commit|object)/i.test(
    failure.stderr,
  );
}
