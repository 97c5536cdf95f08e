/**
 * The directories of file-hierarchy(7) that many programs share. A unit that names one of them does not thereby mention
 * the files below it. Pure data and its look-up.
 */

const tops =
  "/ /bin /boot /dev /efi /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /var";
const configuration = "containers default opt pki ssl ssl/certs ssl/private sysconfig systemd xdg";
const variable = "backups cache lib lib/private local log mail opt spool tmp";
const resources =
  "bin etc games include lib lib32 lib64 libexec local sbin share share/doc share/man share/misc src";

const shared: ReadonlySet<string> = new Set([
  ...tops.split(" "),
  ...listBelow("/etc", configuration),
  ...listBelow("/var", variable),
  ...listBelow("/usr", resources),
  ...listBelow("/usr/local", resources),
]);

function listBelow(parent: string, names: string): readonly string[] {
  return names.split(" ").map((name) => `${parent}/${name}`);
}

/** Homes of users, the libraries of an architecture, and `/etc/NAME.d`, into which packages put snippets. */
const sharedPattern = /^(?:\/home\/[^/]+|\/usr(?:\/local)?\/lib\/[^/]+-linux-[^/]+|\/etc\/[^/]+\.d)$/;

/** Whether a directory is shared by many programs. Takes an absolute path without a slash at its end. */
export function isSharedDirectory(directory: string): boolean {
  return directory === "" || shared.has(directory) || sharedPattern.test(directory);
}
