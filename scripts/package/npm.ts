/**
 * gitops-agent-VERSION.tgz: what `npm i -g` takes, and what other distributions unpack to run systemd/install.sh. The program is
 * a bundle, so the package names no dependency, and has no script.
 */
import { copyFile } from "node:fs/promises";
import path from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { Release } from "./release.ts";
import { run } from "./run.ts";
import { makeBillOfMaterials } from "./sbom.ts";
import { Tree } from "./tree.ts";

/** Returns the path of the package. */
export async function makeNpmPackage({ name, version }: Release, directory: string): Promise<string> {
  const {
    dependencies: _bundled,
    devDependencies: _tools,
    scripts: _scripts,
    overrides: _overrides,
    ...facts
  } = packageJson;
  return Tree.with(async (tree) => {
    for (const source of [...packageJson.files, "README.md", "CHANGELOG.md", "LICENSE"])
      await tree.copy(source, source);
    const files = [...packageJson.files, "CHANGELOG.md", "sbom.cdx.json"];
    await tree.write("package.json", `${JSON.stringify({ ...facts, files }, null, 2)}\n`);
    await tree.write("sbom.cdx.json", (await makeBillOfMaterials(name)).json);
    await tree.settleModes();
    await run(["npm", "pack", "--ignore-scripts", "--silent"], { cwd: tree.directory });
    const file = `${name}-${version}.tgz`;
    const target = path.join(directory, file);
    await copyFile(tree.locate(file), target);
    return target;
  });
}
