/** The JSON Schemas that editors complete and check configuration files with. Made, never read, by this program. */

import * as z from "zod";

/** The text of the schema file. Draft 7, because YAML language servers know that one best. */
export function renderJsonSchema(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: "input", target: "draft-07" });
  return `${JSON.stringify(json, null, 2)}\n`;
}
