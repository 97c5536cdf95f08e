/** Sizes that several files of this room must agree on. */

/** systemd's own limit for one credential, and for all credentials of one unit (systemd.exec(5), LoadCredential=). */
export const plaintextLimitBytes = 1024 * 1024;
