/** The patches of `drift adopt`, applied by the git of this machine. */
import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GitMode, type PatchFile, renderGitPatch } from "../../../src/cli/render/git-patch.ts";
import { runGit } from "../../support/git/git-fixture.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";

interface Version {
  readonly mode: GitMode;
  readonly text: string;
}

type Versions = Readonly<Record<string, readonly [before: Version | null, after: Version | null]>>;

const encoder = new TextEncoder();

function patchFiles(versions: Versions): readonly PatchFile[] {
  return Object.entries(versions).map(([path, [before, after]]) => ({
    path,
    before:
      before === null
        ? null
        : { mode: before.mode, bytes: encoder.encode(before.text), blob: blobId(before.text) },
    after: after === null ? null : { mode: after.mode, bytes: encoder.encode(after.text) },
  }));
}

function blobId(text: string): string {
  const bytes = encoder.encode(text);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

async function put(directory: string, path: string, { mode, text }: Version): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  if (mode === "symlink") await symlink(text, file);
  else {
    await writeFile(file, text);
    await chmod(file, mode === "executable" ? 0o755 : 0o644);
  }
}

async function look(directory: string, path: string): Promise<Version | null> {
  const file = join(directory, path);
  const stats = await lstat(file).catch(() => null);
  if (stats === null) return null;
  if (stats.isSymbolicLink()) return { mode: "symlink", text: await readlink(file) };
  return { mode: (stats.mode & 0o100) === 0 ? "file" : "executable", text: await readFile(file, "utf8") };
}

/** Applies the patch in a work tree with the versions before; returns what the work tree has then. */
async function applyPatch(versions: Versions): Promise<Readonly<Record<string, Version | null>>> {
  const directory = await mkdtemp(join(tmpdir(), "gitops-agent-patch-"));
  try {
    await runGit(["init", "--quiet", directory]);
    for (const [path, [before]] of Object.entries(versions)) {
      if (before !== null) await put(directory, path, before);
    }
    const git = ["-C", directory, "-c", "core.autocrlf=false"];
    await runGit([...git, "add", "--all"]);
    await runGit(
      [...git, "apply", "--index", "--whitespace=nowarn"],
      Buffer.from(renderGitPatch(patchFiles(versions))),
    );
    const found: Record<string, Version | null> = {};
    for (const path of Object.keys(versions)) found[path] = await look(directory, path);
    return found;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function afterOf(versions: Versions): Readonly<Record<string, Version | null>> {
  return Object.fromEntries(Object.entries(versions).map(([path, [, after]]) => [path, after]));
}

const file = (text: string, mode: GitMode = "file"): Version => ({ mode, text });

describe("a patch of drift adopt, applied by git", () => {
  const cases: readonly (readonly [string, Versions])[] = [
    ["changes a line", { "units/a.service": [file("[Service]\nNice=1\n"), file("[Service]\nNice=2\n")] }],
    ["adds a file", { "units/a.service.d/o.conf": [null, file("[Service]\nNice=2\n")] }],
    ["deletes a file", { "files/etc/x": [file("1\n2\n"), null] }],
    ["adds a last line end", { a: [file("1\n2"), file("1\n2\n")] }],
    ["removes the last line end", { a: [file("1\n2\n"), file("1\n2")] }],
    ["keeps CRLF and a lone CR", { a: [file("1\r\n2\r\n"), file("1\r\n3\rx\r\n4\r\n")] }],
    ["turns LF into CRLF", { a: [file("1\n2\n"), file("1\r\n2\r\n")] }],
    ["keeps a byte order mark", { a: [file("\uFEFF1\n"), file("\uFEFF2\n")] }],
    ["adds an empty file", { "units/a.service": [null, file("")] }],
    ["deletes an empty file", { a: [file(""), null] }],
    ["empties a file", { a: [file("1\n"), file("")] }],
    ["fills an empty file", { a: [file(""), file("1")] }],
    ["makes a file executable", { a: [file("1\n"), file("1\n", "executable")] }],
    ["changes mode and content", { a: [file("1\n", "executable"), file("2\n")] }],
    ["turns a file into a link", { a: [file("1\n"), file("/dev/null", "symlink")] }],
    ["turns a link into a file", { a: [file("b.service", "symlink"), file("1\n", "executable")] }],
    ["moves a link", { a: [file("b", "symlink"), file("c", "symlink")] }],
    ["takes blanks in a name", { "files/etc/a b/c d.conf": [file("1\n"), file("2\n")] }],
    ["adds a name with blanks", { "files/etc/a b": [null, file("2\n")] }],
    ["takes quotes, backslashes and tabs in a name", { 'units/a"\\x2d\tb': [file("1\n"), file("2\n")] }],
    ["takes letters of any script in a name", { "files/etc/grüße-日本": [null, file("ü\n")] }],
    [
      "takes several files at once",
      { b: [file("1"), null], a: [null, file("2")], c: [file("3"), file("4")] },
    ],
  ];

  it.each(cases)("%s", async (_what, versions) => {
    expect(await applyPatch(versions)).toEqual(afterOf(versions));
  });

  it("is empty when nothing differs", () => {
    expect(renderGitPatch(patchFiles({ a: [file("1\n"), file("1\n")] }))).toBe("");
  });

  it("replaces the whole file when nearly every line of a long one differs", async () => {
    const lines = (word: string) => Array.from({ length: 5_000 }, (_, line) => `${word} ${line}`).join("\n");
    const versions: Versions = { a: [file(lines("old")), file(`${lines("new")}\n`)] };
    expect(await applyPatch(versions)).toEqual(afterOf(versions));
  });

  it("gives any text that the host has, byte for byte", async () => {
    const line = fc.constantFrom("a", "b", "", " ", "\\", "-- x", "++ y", "@@", "é\r", "\uFEFFz", "\u2028");
    const text = fc
      .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
      .map(([lines, isEnded]) => lines.join("\n") + (isEnded && lines.length > 0 ? "\n" : ""));
    const version = fc.option(fc.record({ mode: fc.constantFrom<GitMode>("file", "executable"), text }), {
      nil: null,
    });
    const change = fc
      .tuple(version, version)
      .filter(([before, after]) => JSON.stringify(before) !== JSON.stringify(after));
    await fc.assert(
      fc.asyncProperty(change, async ([before, after]) => {
        const versions: Versions = { "units/x y.service": [before, after] };
        expect(await applyPatch(versions)).toEqual(afterOf(versions));
      }),
      propertyRuns(60),
    );
  });
});
