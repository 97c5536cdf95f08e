/** The file `copyright` of the Debian package: the terms of the agent, and of everything that the bundle is made of. */
import { readdir, readFile } from "node:fs/promises";
import type { Component } from "./sbom.ts";

/** Debian Policy, 12.5: a license that every Debian has is named and not repeated. */
const apache = /Apache License\s+Version 2\.0, January 2004/;
const apacheReference = "Apache License, Version 2.0: see /usr/share/common-licenses/Apache-2.0\n";

/**
 * The text of every license, word for word.
 * @throws an error for a package that has none
 */
export async function renderCopyright(components: readonly Component[]): Promise<string> {
  const parts = [part("gitops-agent", await readFile("LICENSE", "utf8"))];
  for (const { name, version } of components)
    parts.push(part(`${name} ${version}, a part of gitops-agent`, await readLicense(name)));
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}

function part(title: string, license: string): string {
  return `${title}\n\n${license.trim().replaceAll("\r\n", "\n")}\n`;
}

async function readLicense(name: string): Promise<string> {
  const directory = `node_modules/${name}`;
  const files = (await readdir(directory)).filter((file) => /^(licen[cs]e|copying)/i.test(file)).toSorted();
  if (files.length === 0) throw new Error(`${directory} has no license`);
  const texts = await Promise.all(files.map((file) => readFile(`${directory}/${file}`, "utf8")));
  return texts.map((text) => (apache.test(text) ? apacheReference : text)).join("\n");
}
