/** What dpkg reads of the package: its fields, the sums of its files, and the scripts of packaging/debian/. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { stateVersions } from "../../src/host/state-versions.ts";
import type { Release } from "./release.ts";
import type { Runtime } from "./runtime.ts";
import type { Tree } from "./tree.ts";

export const maintainer = "The gitops-agent authors <gitops-agent@example.org>";
const scripts = ["preinst", "postinst", "prerm", "postrm"];

/** Adds DEBIAN/ to a tree that has everything else. */
export async function placeControl(tree: Tree, release: Release, runtime: Runtime | null): Promise<void> {
  const sums: string[] = [];
  let bytes = 0;
  for (const file of await tree.list()) {
    const content = await readFile(tree.locate(file));
    sums.push(`${createHash("md5").update(content).digest("hex")}  ${file}\n`);
    bytes += content.byteLength;
  }
  await tree.write("DEBIAN/md5sums", sums.join(""));
  const values = {
    VERSION: release.version,
    ARCHITECTURE: runtime?.architecture ?? "all",
    // What nodejs.org says its builds need.
    NODE: runtime === null ? "nodejs (>= 20.19)" : "libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 8)",
    MAINTAINER: maintainer,
    INSTALLED_KIB: String(Math.ceil(bytes / 1024)),
    STATE_VERSIONS: Object.entries(stateVersions).flat().join(" "),
  };
  await tree.write("DEBIAN/control", await fillIn("control", values));
  for (const name of scripts) await tree.write(`DEBIAN/${name}`, await fillIn(name, values), 0o755);
  await tree.settleModes();
}

/** A file of packaging/debian/ with a value for each `@NAME@`. */
async function fillIn(name: string, values: Readonly<Record<string, string>>): Promise<string> {
  const text = await readFile(`packaging/debian/${name}`, "utf8");
  return text.replaceAll(/@([A-Z_]+)@/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`packaging/debian/${name} asks for ${key}, which has no value`);
    return value;
  });
}
