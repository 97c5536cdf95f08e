// Bundles the agent: dist/gitops-agent.js, which every command starts with, and dist/parts/, of which a command reads what it
// needs. No file outside of dist/ is needed at run time.
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

const directory = "dist";
const program = path.join(directory, "gitops-agent.js");

const { outputFiles } = await build({
  entryPoints: { "gitops-agent": "src/cli/main.ts" },
  outdir: directory,
  // Named by their content: parts of two builds are never mixed.
  chunkNames: "parts/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  // dbus-next loads these optional native add-ons only for features that we do not use.
  external: ["usocket", "x11"],
  // The bundle holds CommonJS packages, which call require() for node's own modules.
  banner: {
    js: 'import { createRequire as nodeCreateRequire } from "node:module";\nconst require = nodeCreateRequire(import.meta.url);',
  },
  legalComments: "none",
  // Node keeps the text of what it has loaded. Without comments and blanks that is a third less. Names stay, for stack traces.
  minifyWhitespace: true,
  logLevel: "warning",
  write: false,
});

await rm(directory, { recursive: true, force: true });
await mkdir(path.join(directory, "parts"), { recursive: true });
for (const file of outputFiles) await writeFile(file.path, file.contents);
await chmod(program, 0o755);
