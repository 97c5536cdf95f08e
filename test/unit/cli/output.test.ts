import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { allowClosedPipe } from "../../../src/cli/output.ts";

it("the output of a command takes a reader that has gone for no failure, and everything else for one", () => {
  const output = new EventEmitter();
  allowClosedPipe(output);
  expect(() =>
    output.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
  ).not.toThrow();
  const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
  expect(() => output.emit("error", full)).toThrow("no space");
});
