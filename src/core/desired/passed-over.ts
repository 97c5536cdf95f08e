/**
 * Recognises what people keep beside their units, and what is no unit although it has the name of one. Such files are passed
 * over: they mean nothing on the host. Pure.
 */

const keptAway = /\.(old|bak|orig|disabled)$/;

/** Whether a directory or file is kept away from systemd by its name: a dot name, `x.old`, `x.disabled`. */
export function isKeptAway(name: string): boolean {
  return name.startsWith(".") || name.endsWith("~") || keptAway.test(name);
}

/**
 * Whether directories are those of units of users: `systemd/user` anywhere, or `user` at the top. The service managers of users
 * read them, and not the one of the system (systemd.unit(5), "User Unit Search Path").
 */
export function isUserPlace(directories: readonly string[]): boolean {
  return directories.some(
    (name, index) => name === "user" && (index === 0 || directories[index - 1] === "systemd"),
  );
}

/** Whether a name is one of a text for people. */
export function isNote(name: string): boolean {
  return /^(README|LICEN[CS]E|NOTES|CHANGELOG)(\.|$)/i.test(name) || /\.(md|txt|rst|adoc)$/i.test(name);
}

/**
 * Sections of files that share a suffix with units or quadlets: systemd.network(5), systemd.link(5), systemd.netdev(5), and the
 * service files of D-Bus.
 */
const foreignSections = new Set(["Match", "Link", "NetDev", "D-BUS Service"]);

const longestHead = 4096;

/** Whether the content is no unit: the XML of Avahi, a network of systemd-networkd, a service of D-Bus. */
export function isForeignFormat(bytes: Uint8Array): boolean {
  const head = new TextDecoder().decode(bytes.subarray(0, longestHead));
  if (/^\s*</.test(head)) return true;
  const section = /^\s*\[([^\]\n]+)\]/m.exec(head)?.[1] ?? "";
  return foreignSections.has(section);
}
