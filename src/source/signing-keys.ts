/**
 * Sets up what git needs to check signatures: the trusted keys in a private temporary directory, and the environment
 * that points git there. Nothing of the user's own keyrings and configuration counts. Must not look at a commit.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentError } from "../core/model/errors.ts";
import type { VerifyRules } from "../core/model/repository-access.ts";
import { explainSystemError } from "../lib/system-error.ts";
import { ProgramNotStarted, streamProgram } from "./git-process.ts";
import { readTrustFile } from "./trust-file.ts";

export type Environment = Readonly<Record<string, string>>;

/**
 * Calls `use` with an environment in which git trusts exactly the keys that the rules name; the directory behind it
 * is gone afterwards.
 * @param environment of git processes on the clone
 * @throws AgentError `config-invalid` (a file, a key in it, or gpg missing), `host-write-failed`; what `use` throws
 */
export async function withSigningKeys<Result>(
  rules: VerifyRules,
  environment: Environment,
  signal: AbortSignal,
  use: (environment: Environment) => Promise<Result>,
): Promise<Result> {
  const { allowedSigners, gpgKeys } = rules;
  const signers =
    allowedSigners === undefined ? null : await readTrustFile(allowedSigners, "allowed-signers");
  const keys = gpgKeys === undefined ? null : await readTrustFile(gpgKeys, "gpg-keys");
  const directory = await writePrivately(() => mkdtemp(join(tmpdir(), "gitops-agent-keys-")));
  try {
    const signersFile = join(directory, "allowed_signers");
    const keyring = join(directory, "gnupg");
    const trusting = {
      ...environment,
      // git keeps the signature that it checks in a file there.
      TMPDIR: directory,
      GNUPGHOME: keyring,
      ...formatGitConfig(signers === null ? null : signersFile, keys !== null),
    };
    if (signers !== null) await writePrivately(() => writeFile(signersFile, signers, { mode: 0o600 }));
    if (keys !== null && gpgKeys !== undefined) {
      await makeKeyring(keyring, { path: gpgKeys, bytes: keys }, { environment: trusting, signal });
    }
    return await use(trusting);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Exists everywhere and can never be started: for the kinds of signature that the rules do not name. */
export const disabledProgram = "/dev/null";

/** Settings of git-config(1) as variables, as git(1) describes them under GIT_CONFIG_COUNT. */
function formatGitConfig(signersFile: string | null, hasKeyring: boolean): Environment {
  const settings = [
    ["gpg.ssh.allowedSignersFile", signersFile ?? "/dev/null"],
    ["gpg.openpgp.program", hasKeyring ? "gpg" : disabledProgram],
    ["gpg.x509.program", disabledProgram],
    ["gpg.minTrustLevel", "fully"],
  ] as const;
  const variables = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { ...Object.fromEntries(variables), GIT_CONFIG_COUNT: String(settings.length) };
}

/** gpg(1): no agent, no network, no questions. */
const gpgSettings = ["batch", "no-tty", "quiet", "no-autostart", "disable-dirmngr", "no-auto-key-retrieve"];

interface Keys {
  readonly path: string;
  readonly bytes: Uint8Array;
}

interface Run {
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/**
 * Without a value for its owner's trust gpg calls the validity of a key unknown, whatever it signs, and git refuses
 * that; `trust-model always` instead makes gpg report no validity at all, and what git takes that for depends on its version.
 */
async function makeKeyring(directory: string, keys: Keys, run: Run): Promise<void> {
  await writePrivately(async () => {
    await mkdir(directory, { mode: 0o700 });
    await writeFile(join(directory, "gpg.conf"), `${gpgSettings.join("\n")}\n`, { mode: 0o600 });
  });
  const report = await runGpg(["--status-fd", "1", "--import"], keys.bytes, keys, run);
  const imported = [...report.matchAll(/^\[GNUPG:\] IMPORT_OK \d+ ([0-9A-F]{40,64})$/gm)].map(([, id]) => id);
  if (imported.length === 0) throw refuseKeys(keys, "gpg finds no key in it");
  await runGpg(["--import-ownertrust"], imported.map((id) => `${id}:6:\n`).join(""), keys, run);
}

async function runGpg(
  args: readonly string[],
  input: string | Uint8Array,
  keys: Keys,
  { environment, signal }: Run,
): Promise<string> {
  const chunks: Buffer[] = [];
  const onOutput = (chunk: Buffer): void => void chunks.push(chunk);
  let exitCode: number | null;
  try {
    ({ exitCode } = await streamProgram("gpg", args, { environment, signal, input, onOutput }));
  } catch (error) {
    if (!(error instanceof ProgramNotStarted)) throw error;
    throw new AgentError("config-invalid", "gpg cannot be started, and verify.gpg-keys needs it", {
      subject: "gpg",
      hint: "Install the package gpg, or gnupg where there is no such package.",
      cause: error.cause,
    });
  }
  if (exitCode !== 0) throw refuseKeys(keys, "gpg cannot import the keys");
  return Buffer.concat(chunks).toString("latin1");
}

function refuseKeys({ path }: Keys, problem: string): AgentError {
  return new AgentError("config-invalid", `${path}, which verify.gpg-keys names: ${problem}`, {
    subject: path,
    hint: `It must hold public keys and nothing else: gpg --armor --export NAME… >${path}`,
  });
}

async function writePrivately<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    const { what, hint } = explainSystemError(error);
    throw new AgentError("host-write-failed", `cannot write the trusted keys below ${tmpdir()}: ${what}`, {
      subject: tmpdir(),
      hint,
      cause: error,
    });
  }
}
