/** The packages as files: the same bytes each time, approved by lintian, and complete. How they are installed is in e2e. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { checkCommand, runCommand } from "../../support/machine/command.ts";
import { isInstalled } from "../../support/machine/root-filesystem.ts";

const project = path.resolve(import.meta.dirname, "../../..");
const directories = ["src", "scripts", "packaging", "systemd", "docs", "schema", "config-example", "contrib"];
const files = ["package.json", "package-lock.json", "README.md", "CHANGELOG.md", "LICENSE"];
const canPackage = isInstalled("dpkg-deb") && isInstalled("lintian");

/** Builds the packages in a copy of the project, and returns the directory that they are in. */
async function build(directory: string, ...variables: readonly string[]): Promise<string> {
  await mkdir(directory);
  for (const name of [...directories, ...files])
    await cp(path.join(project, name), path.join(directory, name), { recursive: true });
  await symlink(path.join(project, "node_modules"), path.join(directory, "node_modules"));
  const env = ["env", `--chdir=${directory}`, "SOURCE_DATE_EPOCH=1790000000", ...variables];
  await checkCommand([...env, "npm", "run", "package"]);
  return path.join(directory, "build");
}

if (!canPackage && process.env["CI"] === "true")
  throw new Error("dpkg-deb and lintian are needed with CI=true");

describe.skipIf(!canPackage)("the packages", () => {
  let top: string;
  let first: string;
  let second: string;
  let tree: string;

  const documentation = (name: string) => path.join(tree, "usr/share/doc/gitops-agent", name);

  beforeAll(async () => {
    top = await mkdtemp(path.join(tmpdir(), "gitops-agent-packages-"));
    first = await build(path.join(top, "a"), "TZ=UTC", "LC_ALL=C.UTF-8");
    second = await build(path.join(top, "b"), "TZ=Pacific/Auckland", "LC_ALL=C");
    tree = path.join(top, "tree");
    await checkCommand(["dpkg-deb", "--extract", path.join(first, debianName), tree]);
  }, 300_000);

  afterAll(() => rm(top, { recursive: true, force: true }));

  const debianName = `gitops-agent_${packageJson.version}_all.deb`;
  const npmName = `gitops-agent-${packageJson.version}.tgz`;

  it("are the same bytes in another directory, at another time, in another time zone", async () => {
    expect((await readdir(first)).toSorted()).toEqual([npmName, debianName].toSorted());
    for (const name of [npmName, debianName]) {
      const [one, other] = await Promise.all(
        [first, second].map((built) => readFile(path.join(built, name))),
      );
      expect(one?.equals(other ?? Buffer.alloc(0)), name).toBe(true);
    }
  });

  it("have nothing that lintian objects to", async () => {
    const root = process.getuid?.() === 0 ? ["--allow-root"] : [];
    const { stdout, stderr, exitCode } = await runCommand(["lintian", ...root, path.join(first, debianName)]);
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: "", stderr: "", exitCode: 0 });
  });

  it("name every library that the program needs, in the bill of materials and with its license", async () => {
    const { components } = JSON.parse(await readFile(documentation("sbom.cdx.json"), "utf8"));
    const names = components.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(packageJson.dependencies)));
    expect(names).not.toContain("vitest");
    const copyright = await readFile(documentation("copyright"), "utf8");
    for (const name of names) expect(copyright).toContain(`\n${name} `);
  });

  it("have a man page with every command and option of the program", async () => {
    const page = await checkCommand(
      ["man", "--local-file", path.join(tree, "usr/share/man/man1/gitops-agent.1.gz")],
      {
        env: { ...pathOnly(), MANWIDTH: "1000", LC_ALL: "C.UTF-8" },
      },
    );
    for (const line of ["gitops-agent status [options]", "gitops-agent secret set [options] <secret>"])
      expect(page).toContain(line);
    expect(page).toContain("take what is applied here for this host's, which has another name now");
  });

  it("have the agent's units with the paths of a package", async () => {
    const unit = await readFile(path.join(tree, "usr/lib/systemd/system/gitops-agent.service"), "utf8");
    expect(unit).toMatch(/^ExecStart=\/usr\/bin\/node .* \/usr\/bin\/gitops-agent daemon$/m);
    const ofUser = await readFile(path.join(tree, "usr/lib/systemd/user/gitops-agent.service"), "utf8");
    expect(ofUser).toMatch(/^ExecStart=\/usr\/bin\/node .* \/usr\/bin\/gitops-agent --user daemon$/m);
    expect(
      await checkCommand(["grep", "-rlE", "usr/local/(bin|lib)", path.join(tree, "usr/lib/systemd")]).catch(
        () => "",
      ),
    ).toBe("");
  });

  it("are installed by npm without a network", async () => {
    const prefix = path.join(top, "prefix");
    const install = ["npm", "install", "--global", "--offline", "--no-audit", `--prefix=${prefix}`];
    await checkCommand([...install, path.join(first, npmName)]);
    expect(await checkCommand([path.join(prefix, "bin/gitops-agent"), "--version"])).toBe(
      packageJson.version,
    );
    const installer = path.join(prefix, "lib/node_modules/gitops-agent/systemd/install.sh");
    expect((await runCommand(["test", "-x", installer])).exitCode).toBe(0);
  });
});

function pathOnly(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "" };
}
