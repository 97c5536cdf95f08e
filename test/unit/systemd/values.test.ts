import { expect, test } from "vitest";
import { AgentError } from "../../../src/core/model/errors.ts";
import {
  asFlag,
  asId128,
  asList,
  asNumber,
  asNumberIfSet,
  asText,
  asTexts,
  unwrapVariant,
} from "../../../src/systemd/bus/values.ts";

test("an invocation id is 32 hex digits, and none when systemd sends nothing or zeros", () => {
  const bytes = Buffer.from("31ded59fcb164c06bd32bc91d6c4ff0a", "hex");
  expect(asId128(bytes, "InvocationID")).toBe("31ded59fcb164c06bd32bc91d6c4ff0a");
  expect(asId128(Buffer.alloc(0), "InvocationID")).toBeNull();
  expect(asId128(Buffer.alloc(16), "InvocationID")).toBeNull();
});

test("the largest 64-bit number means that there is no value", () => {
  expect(asNumberIfSet(18_446_744_073_709_551_615n, "MemoryCurrent")).toBeNull();
  expect(asNumberIfSet(4096n, "MemoryCurrent")).toBe(4096);
  expect(asNumberIfSet(0n, "MemoryCurrent")).toBe(0);
});

test("values of the expected type are taken as they are", () => {
  expect(asNumber(1_795_164_092_331_156n, "t")).toBe(1_795_164_092_331_156);
  expect(asNumber(7, "u")).toBe(7);
  expect(asTexts(["a", "b"], "as")).toEqual(["a", "b"]);
  expect(unwrapVariant({ signature: "b", value: false }, "v")).toBe(false);
});

test.each([
  ["a number for a text", () => asText(1, "Description")],
  ["a text for a number", () => asNumber("1", "Description")],
  ["a text for a flag", () => asFlag("yes", "Description")],
  ["a text for a list", () => asList("a", "Description")],
  ["a number among texts", () => asTexts(["a", 1], "Description")],
  ["a text for an id", () => asId128("00", "Description")],
  ["nothing for a variant", () => unwrapVariant(undefined, "Description")],
])("%s is refused with the property's name", (_, read) => {
  expect(read).toThrow(AgentError);
  expect(read).toThrow(/Description/u);
});
