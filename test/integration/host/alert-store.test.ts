/** alerts.json: what is saved is loaded again, and a file that cannot be used repeats alerts in place of stopping the agent. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AlertRecord, alertClasses, emptyAlertRecord } from "../../../src/core/model/alert.ts";
import type { Diagnostic } from "../../../src/core/model/errors.ts";
import { AlertStore } from "../../../src/host/alert-store.ts";

let stateDirectory: string;
let warnings: Diagnostic[];

beforeEach(async () => {
  stateDirectory = await mkdtemp(path.join(tmpdir(), "alerts-"));
  warnings = [];
});

afterEach(async () => {
  await rm(stateDirectory, { recursive: true });
});

function open(): AlertStore {
  return new AlertStore({ stateDirectory, warn: (warning) => warnings.push(warning), now: () => Date.now() });
}

const at = "2026-12-01T12:00:00.000Z";
const record: AlertRecord = {
  version: 1,
  channels: {
    chat: {
      told: alertClasses.map((alertClass) => ({
        alert: {
          key: alertClass,
          class: alertClass,
          about: "",
          units: ["web.service"],
          summary: "s",
          since: at,
          reason: "r",
          hint: null,
          command: "c",
        },
        toldAt: at,
      })),
      sentAt: [at],
      pending: ["x"],
      missed: 2,
    },
  },
};

it("is loaded as it was saved, by the next agent, and only root may read it", async () => {
  expect(await open().load()).toEqual(emptyAlertRecord);
  await open().save(record);
  expect(await open().load()).toEqual(record);
  expect((await stat(path.join(stateDirectory, "alerts.json"))).mode & 0o777).toBe(0o600);
  expect(warnings).toEqual([]);
});

it.each(["", "{", '{"version":2,"channels":{}}', '{"version":1,"channels":{"a":{}}}'])(
  "counts as empty when it is %j, with a warning that says what follows",
  async (text) => {
    await writeFile(path.join(stateDirectory, "alerts.json"), text);
    expect(await open().load()).toEqual(emptyAlertRecord);
    expect(warnings).toMatchObject([
      { severity: "warning", message: expect.stringContaining("what was told of alerts is forgotten") },
    ]);
  },
);
