/** How much the definitions of all units together may take. */
import { describe, expect, it } from "vitest";
import { build } from "../../../support/values/scenario.ts";

const service = "[Service]\nExecStart=/bin/true\n";
const enabled = `${service}[Install]\nWantedBy=multi-user.target\n`;

function messagesOf(text: Parameters<typeof build>[0]): readonly string[] {
  return build(text).diagnostics.map(({ file, message }) => `${file} ${message}`);
}

describe("definitions beyond all measure", () => {
  const instances = Array.from({ length: 2000 }, (_, index) => `i${index}`);

  it("are refused where a template is long and has many instances", () => {
    const long = `${service}${`Environment=A=${"1".repeat(500)}\n`.repeat(20)}`;
    const text = { files: { "units/w@.service": long }, units: { "w@.service": { instances } } };
    expect(messagesOf(text)).toEqual([
      "units/w@.service with this, the definitions of all units are larger than 8 MiB",
    ]);
    expect(build(text).diagnostics[0]?.severity).toBe("error");
  });

  it("are not what an ordinary template with many instances has", () => {
    const text = { files: { "units/w@.service": enabled }, units: { "w@.service": { instances } } };
    expect(messagesOf(text)).toEqual([]);
  });
});
