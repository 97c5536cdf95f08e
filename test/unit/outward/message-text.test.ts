/** What people and programs get to read. */
import { expect, it } from "vitest";
import type { Alert, AlertMessage } from "../../../src/core/model/alert.ts";
import { makeOutgoing } from "../../../src/outward/notify/message-text.ts";

const web: Alert = {
  key: "degraded web.service",
  class: "degraded",
  about: "",
  units: ["web.service"],
  summary: "web.service does not work",
  since: "2026-12-01T11:59:00.000Z",
  reason: "it said:\n\u001b[31mred\u202e",
  hint: null,
  command: "gitops-agent status web.service",
};
const drift: Alert = {
  ...web,
  key: "drift x",
  class: "drift",
  summary: "/etc/x differs from what was applied",
  hint: "a person has to act",
};
const nothing: AlertMessage = { begun: [], still: [], over: [], missed: 0, silentUntil: null };

function make(message: Partial<AlertMessage>, nowMs = 0) {
  const nameCommands = (text: string) => text.replace("gitops-agent", "gitops-agent --user");
  return makeOutgoing({ ...nothing, ...message }, { host: "media", channel: "chat", nowMs, nameCommands });
}

it("says what, since when, why and which command to type, each on its line", () => {
  const { title, text, severity } = make({ begun: [web] });
  expect([title, severity]).toEqual(["media: web.service does not work", "critical"]);
  expect(text).toBe(`web.service does not work
since 2026-12-01 11:59:00 UTC
it said:\\n\\x1b[31mred\\u202e
run: gitops-agent --user status web.service`);
});

it.each<[Partial<AlertMessage>, string, string]>([
  [{ over: [web] }, "media: over: web.service does not work", "info"],
  [{ still: [drift] }, "media: still: /etc/x differs from what was applied", "warning"],
  [
    { begun: [web], still: [drift], over: [drift] },
    "media: 3 alerts: 1 new, 1 as before, 1 over",
    "critical",
  ],
])("has a title for %#", (message, title, severity) => {
  expect(make(message)).toMatchObject({ title, severity });
});

it("says what it leaves out, and how long it will be silent", () => {
  const silentUntil = "2026-12-01T13:00:00.000Z";
  const { text } = make({ over: [drift], missed: 3, silentUntil });
  expect(text.split("\n\n")).toEqual([
    "over: /etc/x differs from what was applied, since 2026-12-01 11:59:00 UTC",
    "3 others began and were over before this message.",
    "So many messages were sent that the next one comes after 2026-12-01 13:00:00 UTC, with all that is left.",
  ]);
});

it("stays short whatever happens: ten alerts for people, a hundred for programs, and the numbers of all", () => {
  const begun = Array.from({ length: 5_000 }, () => ({ ...web, reason: "x".repeat(1_000) }));
  const { text, data } = make({ begun });
  expect(text).toContain("and 4990 more: gitops-agent --user status");
  expect(text.length).toBeLessThan(10_000);
  const { begun: listed } = data as {
    readonly begun: { readonly count: number; readonly alerts: unknown[] };
  };
  expect([listed.count, listed.alerts.length]).toEqual([5_000, 100]);
  expect(JSON.stringify(data).length).toBeLessThan(200_000);
});

it("has the same id at another time, unless it is a repetition", () => {
  expect(make({ begun: [web] }, 1).id).toBe(make({ begun: [web] }, 2).id);
  expect(make({ over: [web] }, 1).id).not.toBe(make({ begun: [web] }, 1).id);
  expect(make({ still: [web] }, 1).id).not.toBe(make({ still: [web] }, 2).id);
});
