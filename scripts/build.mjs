// Bundles the agent into one file, so that installing it is copying it and start-up reads one module.
import { chmod } from "node:fs/promises";
import { build } from "esbuild";

const outfile = "dist/gitops-agent.js";

await build({
  entryPoints: ["src/cli/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  // dbus-next loads these optional native add-ons only for features that we do not use.
  external: ["usocket", "x11"],
  // The bundle holds CommonJS packages, which call require() for node's own modules.
  banner: {
    // Node 20 warns at every use of X25519, which age is made of. With a young generation of 16 MiB, V8's default, a
    // daemon that has hardly anything to do never gets around to giving back the memory of its last apply.
    js: '#!/usr/bin/env -S node --disable-warning=ExperimentalWarning --max-semi-space-size=2\nimport { createRequire as nodeCreateRequire } from "node:module";\nconst require = nodeCreateRequire(import.meta.url);',
  },
  legalComments: "none",
  logLevel: "warning",
});
await chmod(outfile, 0o755);
