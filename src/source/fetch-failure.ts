/**
 * Turns what git and ssh print when a fetch fails into an error that says what to do. Pure; must not pass on a password, a
 * token or a control character.
 */
import type { ErrorCode } from "../core/model/error-codes.ts";
import { AgentError } from "../core/model/errors.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { GitFailure } from "./git-process.ts";
import { describeUrl } from "./repository-url.ts";

export interface FailureContext {
  readonly access: RepositoryAccess;
  readonly timeoutMs: number;
  /** Texts that must never be shown. */
  readonly secrets: readonly string[];
}

interface Explanation {
  readonly pattern: RegExp;
  /** Absent: `repository-unreachable`. */
  readonly code?: ErrorCode;
  readonly say: (where: string, access: RepositoryAccess) => readonly [message: string, hint: string];
}

const code = "repository-unreachable";
const knownHostsOf = (access: RepositoryAccess): string => access.knownHosts ?? "known_hosts of ssh";

/** The first entry that matches is used: ssh and git print general lines after the line with the cause. */
const explanations: readonly Explanation[] = [
  {
    pattern: /No space left on device|Disk quota exceeded/i,
    code: "host-write-failed",
    say: (where) => [
      `no space left for the clone of ${where}`,
      "Make room on the file system that holds the agent's state directory.",
    ],
  },
  {
    pattern: /Read-only file system/i,
    code: "host-write-failed",
    say: (where) => [
      `the clone of ${where} is on a read-only file system`,
      "Check why the file system of the agent's state directory is mounted read-only.",
    ],
  },
  {
    pattern: /exceeded maximum allowed tree depth/i,
    code: "repository-invalid",
    say: (where) => [
      `the directories of a commit in ${where} are nested too deeply`,
      "Find out who made this commit.",
    ],
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|host key .* (?:has changed|is revoked)/i,
    say: (where, access) => [
      `the server of ${where} shows another host key than the one on record`,
      `If the server was really set up anew, replace its line in ${knownHostsOf(access)}; if not, somebody is in between.`,
    ],
  },
  {
    pattern: /Host key verification failed|No .* host key is known/i,
    say: (where, access) => [
      `the host key of the server of ${where} is not known`,
      `Add the server's line (as ssh-keyscan prints it, after comparing its fingerprint) to ${knownHostsOf(access)}.`,
    ],
  },
  {
    pattern: /no such identity|Identity file .* not accessible/i,
    say: (where, access) => [
      `there is no ssh key for ${where}`,
      `Check that ${access.sshKey ?? "the private key"} exists and that the agent's user may read it.`,
    ],
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY FILE|bad permissions/i,
    say: (where, access) => [
      `ssh refuses the key for ${where}: other users may read it`,
      `Run: chmod 600 ${access.sshKey ?? "(the private key)"}`,
    ],
  },
  {
    pattern: /error in libcrypto|invalid format|incorrect passphrase|Enter passphrase/i,
    say: (where, access) => [
      `ssh cannot use the key for ${where}`,
      `Check that ${access.sshKey ?? "the private key"} is an OpenSSH private key without a passphrase.`,
    ],
  },
  {
    pattern: /Permission denied \(|Too many authentication failures/i,
    say: (where, access) => [
      `${where} does not accept the ssh key`,
      `Register the public half of ${access.sshKey ?? "the agent's key"} with the server as a deploy key (reading is enough).`,
    ],
  },
  {
    pattern:
      /Authentication failed|could not read (?:Username|Password)|HTTP Basic: Access denied|returned error: 40[13]\b/i,
    say: (where, access) => [
      `${where} does not let the agent in`,
      access.tokenFile === undefined
        ? "Set token-file to a file with a token that may read the repository."
        : `Check that the token in ${access.tokenFile} has not expired and may read the repository.`,
    ],
  },
  {
    pattern: /SSL certificate|certificate verif|unable to get local issuer/i,
    say: (where) => [
      `the TLS certificate of ${where} cannot be verified`,
      "Check the clock of this host, and that the server's certificate authority is installed (update-ca-certificates).",
    ],
  },
  {
    pattern: /Could not resolve|Name or service not known|Temporary failure in name|unable to look up/i,
    say: (where) => [
      `the name of the server of ${where} does not resolve`,
      "Check the host name in the repository's url, and this host's DNS.",
    ],
  },
  {
    pattern: /dubious ownership/i,
    say: (where) => [
      `git refuses ${where} because another user owns it`,
      "On the machine that holds the repository, let the user who serves it own it, or list it in safe.directory.",
    ],
  },
  {
    pattern: /transport '.*' not allowed/i,
    say: (where) => [
      `the kind of URL of ${where} is not allowed`,
      "Use ssh, https, or the absolute path of a local repository.",
    ],
  },
  {
    pattern:
      /does not appear to be a git repository|repository .*not found|not valid: is this a git repository|project you were looking for could not be found|access denied or repository not exported/i,
    say: (where) => [
      `there is no repository at ${where}, or the agent may not see it`,
      "Check the repository's url, and that the agent's key or token may read it.",
    ],
  },
  {
    pattern:
      /Connection (?:refused|timed out|reset|closed)|Operation (?:timed out|too slow)|(?:Failed|Couldn't|unable|Could not) (?:to )?connect|No route to host|Network is unreachable|hung up|early EOF|unexpected disconnect|RPC failed|Empty reply|returned error: \d{3}|gnutls_|TLS (?:connect|handshake)|SSL_|kex_exchange|banner exchange/i,
    say: (where) => [
      `cannot reach ${where}`,
      "Check that the server is up and that this host may connect to it; the agent tries again by itself.",
    ],
  },
];

/**
 * True when the source answers that it has no such branch, tag or commit, or that it does not give a commit by its id
 * (uploadpack.allowAnySHA1InWant in git-config(1)).
 */
export function isMissingRef(failure: GitFailure): boolean {
  return /couldn't find remote ref|not our ref|request for unadvertised object/i.test(failure.stderr);
}

/** The error for a failure with a known cause outside of the clone; null when the clone itself may be the cause. */
export function explainFailure(failure: GitFailure, context: FailureContext): AgentError | null {
  const { access } = context;
  const where = describeUrl(access.url);
  if (failure.timedOut) {
    return new AgentError(code, `${where} did not answer for ${context.timeoutMs / 1000} s`, {
      subject: where,
      hint: "Check that the server is up and that no firewall drops the connection; the agent tries again by itself.",
    });
  }
  // The URL is removed, since a repository may be called "connection-refused.git".
  const said = failure.stderr.replaceAll(access.url, "");
  const found = explanations.find(({ pattern }) => pattern.test(said));
  if (found === undefined) return null;
  const [message, hint] = found.say(where, access);
  const cause = quoteGit(failure, context);
  return new AgentError(found.code ?? code, message, { subject: where, hint, cause });
}

/** The error for a failure that also happens with a new clone. */
export function reportUnexplained(failure: GitFailure, context: FailureContext): AgentError {
  const where = describeUrl(context.access.url);
  const cause = quoteGit(failure, context);
  const lastWord = cause.message.split("\n").at(-1) ?? "";
  return new AgentError(code, `git cannot fetch from ${where}: ${lastWord}`, {
    subject: where,
    hint: `Try it by hand as the agent's user: ${describeTrial(where, context.access)}`,
    cause,
  });
}

/** A command for people that asks the repository with the same key and the same known hosts. */
function describeTrial(where: string, { sshKey, knownHosts }: RepositoryAccess): string {
  const options = [
    ...(sshKey === undefined ? [] : [`-i ${sshKey} -o IdentitiesOnly=yes`]),
    ...(knownHosts === undefined ? [] : [`-o UserKnownHostsFile=${knownHosts}`]),
  ];
  const ssh = options.length === 0 ? "" : `GIT_SSH_COMMAND="ssh ${options.join(" ")}" `;
  return `${ssh}git ls-remote ${where}`;
}

const shownLines = 5;
const shownLineLength = 300;
const progressLine =
  /\d+% \(\d+\/\d+\)|^remote: (?:Enumerating|Counting|Compressing|Total)\b|^POST git-upload-pack/;

/** The last lines that git printed, as an error: without progress, control characters and credentials. */
function quoteGit(failure: GitFailure, { access, secrets }: FailureContext): Error {
  const forbidden = secrets.filter((secret) => secret !== "");
  const lines = failure.stderr
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== "" && !progressLine.test(line))
    .slice(-shownLines)
    .map((line) => {
      const open = forbidden.reduce((text, secret) => text.replaceAll(secret, "***"), line);
      return open
        .replaceAll(access.url, describeUrl(access.url))
        .replace(/:\/\/[^/\s'"]*@/g, "://")
        .replace(/\p{Cc}/gu, " ")
        .trim()
        .slice(0, shownLineLength);
    });
  return new Error(lines.length === 0 ? "git said nothing" : lines.join("\n"));
}
