/**
 * The directories of file-hierarchy(7) that many programs share, so that naming one of them does not say which of the files
 * below it count. Pure data and its look-up.
 */

const tops =
  "/ /bin /boot /dev /efi /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /var";
const configuration =
  "/etc/containers /etc/default /etc/opt /etc/pki /etc/ssl /etc/ssl/certs /etc/ssl/private /etc/sysconfig /etc/systemd /etc/xdg";
const variable =
  "/var/backups /var/cache /var/lib /var/lib/private /var/local /var/log /var/mail /var/opt /var/spool /var/tmp";
const resources =
  "bin etc games include lib lib32 lib64 libexec local sbin share share/doc share/man share/misc src";

const shared: ReadonlySet<string> = new Set([
  ...[tops, configuration, variable].flatMap((list) => list.split(" ")),
  ...["/usr", "/usr/local"].flatMap((prefix) => resources.split(" ").map((name) => `${prefix}/${name}`)),
]);

/** Homes of users, the libraries of an architecture, and `/etc/NAME.d`, into which packages put snippets. */
const sharedPattern = /^(?:\/home\/[^/]+|\/usr(?:\/local)?\/lib\/[^/]+-linux-[^/]+|\/etc\/[^/]+\.d)$/;

/** Whether a directory is shared by many programs. Takes an absolute path without a slash at its end. */
export function isSharedDirectory(directory: string): boolean {
  return directory === "" || shared.has(directory) || sharedPattern.test(directory);
}
