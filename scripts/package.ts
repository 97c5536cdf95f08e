/**
 * `npm run package`: makes build/gitops-agent_VERSION_all.deb and build/gitops-agent-VERSION.tgz of what `npm run build` has put
 * into dist/. With `--with-node` the Debian package also has the node that runs this script, for hosts whose own is too old.
 * Must not depend on the time, the directory or the account it runs with: two builds of one commit are the same bytes.
 */
import { mkdir, stat } from "node:fs/promises";
import { makeDebianPackage } from "./package/debian.ts";
import { makeNpmPackage } from "./package/npm.ts";
import { readRelease } from "./package/release.ts";
import { findRuntime } from "./package/runtime.ts";

const release = await readRelease();
const runtime = process.argv.includes("--with-node") ? await findRuntime() : null;
await mkdir("build", { recursive: true });
const files = [await makeDebianPackage(release, runtime, "build"), await makeNpmPackage(release, "build")];
for (const file of files) {
  const { size } = await stat(file);
  console.log(`${file} (${Math.ceil(size / 1024)} KiB)`);
}
