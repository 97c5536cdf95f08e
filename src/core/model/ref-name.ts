/** Names of branches and tags. Pure; knows no repository. */

/** The rules of git-check-ref-format(1), and that a name cannot become an option or stand for another one (`@`). */
export function isRefName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids exactly these bytes
  const isForbidden = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\.$/.test(name);
  if (isForbidden || name === "@" || name.startsWith("-")) return false;
  return name.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}
