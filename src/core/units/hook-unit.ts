/** The transient unit in which systemd runs the command of a hook. Pure. */

const prefix = "gitops-agent-hook-";
const maxStem = 60;

/** Whether the name is one that `hookUnitOf` gives. */
export function isHookUnit(name: string): boolean {
  return name.startsWith(prefix) && name.endsWith(".service");
}

/**
 * A valid unit name that shows the program, and that is the same for the same command. Commands run one after the other, so
 * that two with the same name would not disturb each other.
 */
export function hookUnitOf(command: readonly string[]): string {
  const [program = ""] = command;
  const stem = program.slice(program.lastIndexOf("/") + 1).replace(/[^A-Za-z0-9_.-]/g, "_");
  return `${prefix}${stem.slice(0, maxStem)}-${hashOf(command.join("\0"))}.service`;
}

/** FNV-1a, 32 bits, as eight hex digits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

const maxShown = 200;

/**
 * The command for people, as they would type it: an argument with other than plain characters is in quotes. A long one is cut,
 * and control characters are replaced.
 */
export function formatCommand(command: readonly string[]): string {
  const text = command
    .map((word) => (/^[\w./=:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ")
    .replace(/\p{Cc}+/gu, " ");
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}
