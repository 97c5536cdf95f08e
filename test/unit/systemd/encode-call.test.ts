import { createRequire } from "node:module";
import { Variant } from "dbus-next/lib/variant.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CallMessage, encodeCall } from "../../../src/systemd/bus/encode-call.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";

const require = createRequire(import.meta.url);
/** dbus-next's own encoder. */
const { marshallMessage } = require("dbus-next/lib/marshall-compat.js") as {
  marshallMessage(message: object): [Buffer, unknown];
};

const text = fc.string({ unit: fc.constantFrom("a", "B", "_", "ä", "€", "@", " "), maxLength: 300 });
const bodies = fc.oneof(
  fc.constant(["", []] as const),
  text.map((value) => ["s", [value]] as const),
  fc.tuple(text, text).map((values) => ["ss", values] as const),
  fc.array(text).map((names) => ["as", [names]] as const),
  fc.tuple(fc.array(text), fc.array(text)).map((values) => ["asas", values] as const),
  fc.tuple(text, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.array(text)).map(([name, usec, argv]) => {
    const properties = [
      ["TimeoutStartUSec", new Variant("t", usec)],
      ["ExecStart", new Variant("a(sasb)", [[name, argv, false]])],
    ];
    return ["ssa(sv)a(sa(sv))", [name, "fail", properties, []]] as const;
  }),
  fc
    .tuple(
      text,
      fc.boolean(),
      fc.array(
        fc.tuple(
          text,
          fc.array(text).map((names) => new Variant("as", names)),
        ),
      ),
    )
    .map((values) => ["sba(sv)", values] as const),
);

function call(signature: string, body: readonly unknown[]): CallMessage {
  return {
    serial: 7,
    flags: 2,
    destination: "org.freedesktop.systemd1",
    path: "/org/freedesktop/systemd1/unit/a_2eservice",
    interface: "org.freedesktop.DBus.Properties",
    member: "Get",
    signature,
    body,
  };
}

describe("a method call on the wire", () => {
  it("is byte for byte what dbus-next makes of it, for every signature that we use", () => {
    fc.assert(
      fc.property(bodies, ([signature, body]) => {
        const message = call(signature, body);
        // It takes the arrays as its own.
        const [expected] = marshallMessage({ ...message, type: 1, body: copyArrays(body) });
        expect(encodeCall(message).toString("hex")).toBe(expected.toString("hex"));
      }),
      propertyRuns(400),
    );
  });

  it("is refused when the arguments do not fit the signature", () => {
    expect(() => encodeCall(call("ss", ["one"]))).toThrow(TypeError);
    expect(() => encodeCall(call("as", ["one"]))).toThrow(TypeError);
    expect(() => encodeCall(call("d", [1]))).toThrow(TypeError);
  });
});

function copyArrays(body: readonly unknown[]): unknown[] {
  return body.map((value) => (Array.isArray(value) ? copyArrays(value) : value));
}
