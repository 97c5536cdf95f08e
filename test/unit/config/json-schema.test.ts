import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { agentSchema } from "../../../src/config/agent-schema.ts";
import { renderJsonSchema } from "../../../src/config/json-schema.ts";
import { repositorySchema } from "../../../src/config/repository-schema.ts";

const files = [
  ["gitops.schema.json", repositorySchema],
  ["agent.schema.json", agentSchema],
] as const;

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
}

/** Paths of the keys that an editor could not explain. */
function listUndescribed(schema: JsonSchema, path: string): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [
    ...(value.description === undefined ? [`${path}.${key}`] : []),
    ...listUndescribed(value, `${path}.${key}`),
  ]);
  const { additionalProperties: rest } = schema;
  const named = typeof rest === "object" ? listUndescribed(rest, `${path}.*`) : [];
  return [...own, ...named, ...(schema.anyOf ?? []).flatMap((branch) => listUndescribed(branch, path))];
}

describe("the JSON Schemas", () => {
  test.each(files)("%s is up to date (npx tsx scripts/make-schema.ts)", (name, schema) => {
    const onDisk = readFileSync(new URL(`../../../schema/${name}`, import.meta.url), "utf8");
    expect(onDisk).toBe(renderJsonSchema(schema));
  });

  test.each(files)("%s explains every key", (_, schema) => {
    const json: JsonSchema = JSON.parse(renderJsonSchema(schema));
    expect(Object.keys(json.properties ?? {}).length).toBeGreaterThan(5);
    expect(listUndescribed(json, "")).toEqual([]);
  });
});
