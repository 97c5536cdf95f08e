/** Makes the JSON Schemas by which editors complete and check configuration files. This program never reads them. */

import * as z from "zod";

/** The text of the schema file. Draft 7, because YAML language servers know that one best. */
export function renderJsonSchema(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: "input", target: "draft-07" });
  return `${JSON.stringify(json, null, 2)}\n`;
}
