/** Which failures are the world's and pass by themselves. Pure data. */

/** The same revision is tried again without anybody asking. */
export const transientCodes: ReadonlySet<string> = new Set([
  "systemd-unreachable",
  "systemd-refused",
  "host-write-failed",
  "state-unwritable",
  "credential-store-unsafe",
  "repository-unreachable",
  "clone-damaged",
  // A key file or a program that this host lacks: mended on the host, not by a push.
  "config-invalid",
]);
