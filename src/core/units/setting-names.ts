/** Names of settings by the sections that take them. Pure data. */

/** Sections that take the keys of systemd.exec(5). */
export const executing = ["Service", "Socket", "Mount", "Swap"];

export const directories = [
  "RuntimeDirectory",
  "StateDirectory",
  "CacheDirectory",
  "LogsDirectory",
  "ConfigurationDirectory",
];

/** `Section.Key` for each of the keys, which blanks part, in each of the sections. */
export function inSections(sections: readonly string[], keys: string): readonly string[] {
  return keys.split(" ").flatMap((key) => sections.map((section) => `${section}.${key}`));
}
