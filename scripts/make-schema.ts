/**
 * Writes schema/gitops.schema.json and schema/agent.schema.json from the definitions that validate the two files.
 * `--check` writes nothing and exits with 1 when a file on disk is not up to date.
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { agentSchema } from "../src/config/agent-schema.ts";
import { renderJsonSchema } from "../src/config/json-schema.ts";
import { repositorySchema } from "../src/config/repository-schema.ts";

const directory = fileURLToPath(new URL("../schema/", import.meta.url));
const rendered = {
  "gitops.schema.json": renderJsonSchema(repositorySchema),
  "agent.schema.json": renderJsonSchema(agentSchema),
};

await mkdir(directory, { recursive: true });
for (const [name, content] of Object.entries(rendered)) {
  const path = `${directory}${name}`;
  if (!process.argv.includes("--check")) {
    await writeFile(path, content);
  } else if ((await readFile(path, "utf8").catch(() => "")) !== content) {
    console.error(`schema/${name} is not up to date: run npx tsx scripts/make-schema.ts`);
    process.exitCode = 1;
  }
}
