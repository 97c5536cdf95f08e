/** How the repository is reached, what of it is followed, and whose commits are trusted. Pure data. */

/** What the agent follows in the repository. A commit is named by its full id. */
export interface Followed {
  readonly kind: "branch" | "tag" | "commit";
  readonly name: string;
}

/** How the repository is reached. Paths are absolute. */
export interface RepositoryAccess {
  /** A URL, `user@host:path`, or the path of a local repository. Contains no password. */
  readonly url: string;
  /** The name of what is followed in revisions and status: `main`, `tag v1`, `commit 3f2a91c0b1d2`. */
  readonly branch: string;
  readonly followed: Followed;
  /** Private key, for ssh only; absent: ssh's own defaults for this user. */
  readonly sshKey?: string;
  /** The only host keys to trust, for ssh only; absent: ssh's own files. */
  readonly knownHosts?: string;
  /** File whose only line is the token; for https only. */
  readonly tokenFile?: string;
}

/** Whose commits to trust. At least one of the two files is set. Absolute paths. */
export interface VerifyRules {
  /** SSH keys, in the format of ssh-keygen(1), ALLOWED SIGNERS. */
  readonly allowedSigners?: string;
  /** OpenPGP public keys, armored or binary. */
  readonly gpgKeys?: string;
  /** `tip`: only the commit that is applied must be signed. */
  readonly commits: "every" | "tip";
}
