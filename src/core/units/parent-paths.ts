/** The directories above a path. Pure. */

/** @returns the absolute paths of the directories that an absolute path lies in, without `/` */
export function listParents(path: string): readonly string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index)).filter((parent) => parent !== "");
}
