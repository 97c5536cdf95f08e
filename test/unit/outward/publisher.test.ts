/** What is published to a queue, in which order, and what becomes of it while the broker is away. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import type { PublishedMessage } from "../../../src/core/model/published.ts";
import { makeMessages } from "../../../src/core/record/publish.ts";
import { inSync } from "../../support/values/status-fixture.ts";
import { runningUnit } from "../../support/values/unit-status-fixture.ts";

const schema = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL("../../../schema/message.schema.json", import.meta.url), "utf8")),
);

it("each message is as schema/message.schema.json says, and the schema refuses others", () => {
  const messages: readonly PublishedMessage[] = [
    ...makeMessages(inSync, [runningUnit], "unit"),
    ...makeMessages(inSync, [], "host"),
    {
      version: 1,
      kind: "event",
      host: "h1",
      at: inSync.generatedAt,
      level: "notice",
      event: "unit.started",
      fields: { unit: "a.service" },
    },
  ];
  for (const message of messages) expect(schema.safeParse(message).error).toBeUndefined();
  expect(schema.safeParse({ ...messages[1], activeState: "sleepy" }).success).toBe(false);
  expect(schema.safeParse({ ...messages[0], version: 2 }).success).toBe(false);
});

it("a host has one message, and each unit one of its own unless all are in that of the host", () => {
  const apart = makeMessages(inSync, [], "unit");
  expect(apart.map(({ kind }) => kind)).toEqual(["host", ...inSync.units.map(() => "unit")]);
  const [together, ...more] = makeMessages(inSync, [], "host");
  expect(more).toEqual([]);
  expect(together).toMatchObject({ units: inSync.units.map(({ name }) => ({ unit: name, managed: true })) });
});

it("a unit that git does not have is marked, and nothing is said to be wrong with it", () => {
  const other = { ...runningUnit, name: "db.service", activeState: "failed" } as const;
  const last = makeMessages(inSync, [other], "unit").at(-1);
  expect(last).toMatchObject({ unit: "db.service", managed: false, activeState: "failed", finding: null });
});
