/** Addresses where a server of the agent listens. */
import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseListenAddress } from "../../../../src/core/model/listen-address.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";

const port = fc.integer({ min: 1, max: 65_535 });

it("every IP address is understood", () => {
  const six = fc.ipV6().filter((text) => !text.includes("."));
  fc.assert(
    fc.property(fc.ipV4(), six, port, (four, long, number) => {
      expect(parseListenAddress(`${four}:${number}`)).toEqual({ kind: "tcp", host: four, port: number });
      expect(parseListenAddress(`[${long}]:${number}`)).toEqual({ kind: "tcp", host: long, port: number });
    }),
    propertyRuns(1_000),
  );
});

it("what Node takes for no IP address is refused", () => {
  const almost = fc.array(fc.constantFrom("0", "12", "256", "f", "fe80", "12345", ".", ":", "::"), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(
      almost.map((parts) => parts.join("")),
      port,
      (text, number) => {
        const isDecimal = !text.split(".").some((part) => /^0\d/.test(part));
        expect(parseListenAddress(`[${text}]:${number}`) !== null).toBe(isIPv6(text) && !text.includes("."));
        if (isDecimal) expect(parseListenAddress(`${text}:${number}`) !== null).toBe(isIPv4(text));
      },
    ),
    propertyRuns(4_000),
  );
});
