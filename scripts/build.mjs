// Bundles the agent: dist/gitops-agent.cjs, which every command starts with, and dist/parts/, of which a command reads what it
// needs. No file outside of dist/ is needed at run time. Run with another directory, it writes there.
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { packChunks } from "./pack.mjs";

const [directory = "dist"] = process.argv.slice(2);
const parts = path.join(directory, "parts");
const program = path.join(directory, "gitops-agent.cjs");

/**
 * Each file that Node loads costs half a millisecond of CPU, however small it is, and esbuild makes one of every set of modules
 * that the same commands need. So what is loaded together is one file.
 */
const packs = [
  // What the first file needs: the version.
  { name: "start", entries: ["main"] },
  // What a command needs that the daemon answers.
  {
    name: "ask",
    entries: ["program", "commands/status", "commands/history", "commands/drift", "commands/sync"],
  },
  // What reads a repository on disk.
  { name: "check", entries: ["commands/check"] },
  // What the daemon needs, and what does its work without one.
  { name: "agent", entries: ["compose", "sync-alone", "commands/plan"] },
];

const options = {
  platform: "node",
  target: "node20.19",
  // dbus-next loads these optional native add-ons only for features that we do not use.
  external: ["usocket", "x11"],
  legalComments: "none",
  logLevel: "warning",
};

const { outputFiles, metafile } = await build({
  ...options,
  entryPoints: { "gitops-agent": "src/cli/main.ts" },
  outdir: directory,
  outExtension: { ".js": ".cjs" },
  // Named by their content: parts of two builds are never mixed.
  chunkNames: "parts/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  metafile: true,
  write: false,
});

const packed = await packChunks(outputFiles, metafile, {
  directory: parts,
  program,
  packs: packs.map(({ name, entries }) => ({ name, entries: entries.map((entry) => `src/cli/${entry}.ts`) })),
  options: {
    ...options,
    // import() of a part becomes a promise of require().
    supported: { "dynamic-import": false },
    // Node keeps the text of what it has loaded. Without comments and blanks that is a third less. Names stay, for stack traces.
    minifyWhitespace: true,
  },
});

await rm(directory, { recursive: true, force: true });
await mkdir(parts, { recursive: true });
await Promise.all(packed.map(({ path: file, text }) => writeFile(file, text)));
await chmod(program, 0o755);
