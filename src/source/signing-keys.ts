/**
 * Prepares what git needs to check signatures: the trusted keys in a private temporary directory, and the environment that
 * points git there. Must not use the user's own keyrings and configuration, and must not look at a commit.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentError } from "../core/model/errors.ts";
import type { VerifyRules } from "../core/model/repository-access.ts";
import { ProgramNotStarted, readProgram } from "../lib/program.ts";
import { describeFailedCall } from "../lib/system-error.ts";
import { readTrustFile } from "./trust-file.ts";

export type Environment = Readonly<Record<string, string>>;

/**
 * Calls `use` with an environment in which git trusts exactly the keys that the rules name. Afterwards deletes the directory
 * with the keys.
 * @param environment that of git processes on the clone
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
      // git writes the signature that it checks to a temporary file.
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

/** The program for kinds of signature that the rules do not name. It exists on every host and cannot be started. */
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

/** Options of gpg(1): no agent, no network, no questions. */
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
 * Imports the keys and sets the trust in their owners to "ultimate". Without that, gpg reports the validity of a key as
 * unknown, and git refuses it. `trust-model always` would make gpg report no validity, which versions of git treat
 * differently.
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

/** A line for each key of a file that is itself limited. */
const maxReportBytes = 16 * 1024 * 1024;

async function runGpg(
  args: readonly string[],
  input: string | Uint8Array,
  keys: Keys,
  { environment, signal }: Run,
): Promise<string> {
  try {
    const options = { environment, signal, input, limitBytes: maxReportBytes };
    const { exitCode, stdout } = await readProgram("gpg", args, options);
    if (exitCode !== 0) throw refuseKeys(keys, "gpg cannot import the keys");
    return stdout;
  } catch (error) {
    if (!(error instanceof ProgramNotStarted)) throw error;
    throw new AgentError("config-invalid", "gpg cannot be started, and verify.gpg-keys needs it", {
      subject: "gpg",
      hint: "Install the package gpg, or gnupg where there is no such package.",
      cause: error.cause,
    });
  }
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
    throw new AgentError(
      "host-write-failed",
      ...describeFailedCall("write the trusted keys below", tmpdir(), error),
    );
  }
}
