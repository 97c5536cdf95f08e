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

/** `Section.Key` for each key in each section. @param keys separated by single blanks */
export function inSections(sections: readonly string[], keys: string): readonly string[] {
  return keys.split(" ").flatMap((key) => sections.map((section) => `${section}.${key}`));
}
