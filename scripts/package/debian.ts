/**
 * gitops-agent_VERSION_ARCHITECTURE.deb, laid out here and packed by dpkg-deb. What dpkg runs is in packaging/debian/; which
 * files the package has is here.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { renderCompletion } from "../../src/cli/render/completion.ts";
import { maintainer, placeControl } from "./control.ts";
import { renderCopyright } from "./copyright.ts";
import { readHelp } from "./help.ts";
import { renderManPage } from "./man-page.ts";
import type { Release } from "./release.ts";
import { run } from "./run.ts";
import type { Runtime } from "./runtime.ts";
import { makeBillOfMaterials } from "./sbom.ts";
import { Tree } from "./tree.ts";

const library = "usr/lib/gitops-agent";
// One thread, since the bytes depend on their number. A higher level takes minutes for node, and saves a fifth.
const packing = ["--root-owner-group", "-Zxz", "-z1", "--threads-max=1"];
const program = `${library}/gitops-agent.cjs`;
const documentation = "usr/share/doc/gitops-agent";

/**
 * Makes the package of what is in dist/.
 * @param runtime the node that the package brings along; null when it depends on the distribution's
 * @returns the path of the package
 */
export async function makeDebianPackage(
  release: Release,
  runtime: Runtime | null,
  directory: string,
): Promise<string> {
  return Tree.with(async (tree) => {
    await placeProgram(tree, runtime);
    await placeUnits(tree, runtime);
    await placeCompletion(tree);
    await placeDocumentation(tree, release, runtime);
    await placeOverrides(tree, runtime);
    await tree.makeDirectory("etc/gitops-agent");
    await placeControl(tree, release, runtime);
    const file = `${release.name}_${release.version}_${runtime?.architecture ?? "all"}.deb`;
    const target = path.join(directory, file);
    const env = { SOURCE_DATE_EPOCH: String(release.epoch) };
    await run(["dpkg-deb", ...packing, "--build", tree.directory, target], { env });
    return target;
  });
}

async function placeProgram(tree: Tree, runtime: Runtime | null): Promise<void> {
  await tree.copy("dist", library);
  await tree.link("usr/bin/gitops-agent", `../lib/gitops-agent/${path.basename(program)}`);
  if (runtime !== null) await run(["strip", "-o", tree.locate(`${library}/node`), runtime.file]);
  const text = await readFile(tree.locate(program), "utf8");
  await tree.write(program, replaceOnce(text, "#!/usr/bin/env -S node ", `#!${locateNode(runtime)} `), 0o755);
}

/** A node that the package depends on or brings along, whatever else is in the search path. */
function locateNode(runtime: Runtime | null): string {
  return runtime === null ? "/usr/bin/node" : `/${library}/node`;
}

/** The same units as systemd/install.sh installs, which puts the program elsewhere. */
async function placeUnits(tree: Tree, runtime: Runtime | null): Promise<void> {
  for (const manager of ["system", "user"]) {
    for (const name of await readdir(`systemd/${manager}`)) {
      const text = await readFile(`systemd/${manager}/${name}`, "utf8");
      const unit = text
        .replaceAll("/usr/local/bin/gitops-agent", "/usr/bin/gitops-agent")
        .replaceAll("/usr/bin/env node ", `${locateNode(runtime)} `);
      await tree.write(`usr/lib/systemd/${manager}/${name}`, unit);
    }
  }
  for (const place of ["sysusers.d", "tmpfiles.d"])
    await tree.copy(`systemd/${place}/gitops-agent.conf`, `usr/lib/${place}/gitops-agent.conf`);
}

/** Where the shells of Debian look for completion. */
async function placeCompletion(tree: Tree): Promise<void> {
  await tree.write("usr/share/bash-completion/completions/gitops-agent", renderCompletion("bash"));
  await tree.write("usr/share/zsh/vendor-completions/_gitops-agent", renderCompletion("zsh"));
  await tree.write("usr/share/fish/vendor_completions.d/gitops-agent.fish", renderCompletion("fish"));
}

/** What lintian objects to and is meant; the files say why. */
async function placeOverrides(tree: Tree, runtime: Runtime | null): Promise<void> {
  const files = ["lintian-overrides", ...(runtime === null ? [] : ["lintian-overrides-node"])];
  const texts = await Promise.all(files.map((file) => readFile(`packaging/debian/${file}`, "utf8")));
  await tree.write("usr/share/lintian/overrides/gitops-agent", texts.join(""));
}

async function placeDocumentation(tree: Tree, release: Release, runtime: Runtime | null): Promise<void> {
  const { json, components } = await makeBillOfMaterials(release.name);
  const manPage = renderManPage(await readHelp("dist/gitops-agent.cjs"), release);
  await tree.write("usr/share/man/man1/gitops-agent.1.gz", gzipSync(manPage, { level: 9 }));
  await tree.write(`${documentation}/changelog.gz`, gzipSync(renderChangelog(release), { level: 9 }));
  await tree.write(`${documentation}/NEWS.gz`, gzipSync(await readFile("CHANGELOG.md"), { level: 9 }));
  await tree.write(`${documentation}/copyright`, await renderCopyright(components));
  if (runtime !== null)
    await tree.write(`${documentation}/node-license.gz`, gzipSync(runtime.license, { level: 9 }));
  await tree.write(`${documentation}/sbom.cdx.json`, json);
  await tree.copy("README.md", `${documentation}/README.md`);
  await tree.copy("schema", `${documentation}/schema`);
  await tree.copy("config-example", `${documentation}/examples`);
  await tree.copy("contrib", `${documentation}/contrib`);
  for (const name of await readdir("docs"))
    if (name.endsWith(".md")) await tree.copy(`docs/${name}`, `${documentation}/docs/${name}`);
}

function renderChangelog({ name, version, epoch }: Release): string {
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  return `${name} (${version}) unstable; urgency=medium

  * Version ${version}; what changes for operators is in NEWS.gz.

 -- ${maintainer}  ${date}
`;
}

/** @throws an error unless the text has it exactly once */
function replaceOnce(text: string, before: string, after: string): string {
  if (text.split(before).length !== 2) throw new Error(`"${before}" is expected exactly once`);
  return text.replace(before, after);
}
