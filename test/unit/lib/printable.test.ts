import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeUnprintable, escapeUnprintableInJson } from "../../../src/lib/printable.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";

describe("escapeUnprintable", () => {
  it("shows what a terminal would act on, instead of sending it", () => {
    expect(escapeUnprintable("a\u001b[31mred\u001b[0m\u0007\u009b2J\u007f")).toBe(
      "a\\x1b[31mred\\x1b[0m\\x07\\x9b2J\\x7f",
    );
  });

  it("keeps several lines on one", () => {
    expect(escapeUnprintable("one\r\n\ttwo\u2028three")).toBe("one\\r\\n\\ttwo\\u2028three");
  });

  it("shows marks that reorder or hide text, and halves of characters", () => {
    expect(escapeUnprintable("x\u202ey\u200bz\u{e0041}\ud800")).toBe("x\\u202ey\\u200bz\\u{e0041}\\ud800");
  });

  it("leaves printable text of any script alone", () => {
    expect(escapeUnprintable("Größe 温度 🚀 jellyfin-10.11")).toBe("Größe 温度 🚀 jellyfin-10.11");
  });
});

describe("escapeUnprintableInJson", () => {
  it("changes no value, whatever the text is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const escaped = escapeUnprintableInJson(JSON.stringify({ text }));
        expect(JSON.parse(escaped)).toEqual({ text });
        expect(escapeUnprintable(escaped)).toBe(escaped);
      }),
      propertyRuns(400),
    );
  });
});
