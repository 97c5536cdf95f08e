/** What people hold back, as the status shows it: who, until when, why, and what ends it. */
import { expect, it } from "vitest";
import { renderWaitOfPlan } from "../../../src/cli/render/held.ts";
import { renderStatus } from "../../../src/cli/render/status.ts";
import type { Status } from "../../../src/core/model/status.ts";
import { inSync, revision } from "../../support/values/status-fixture.ts";

const now = Date.parse("2025-03-01T21:00:00.000Z");
const options = { colour: false, width: 80, now, timeZone: "UTC" };
const [at, until] = ["2025-03-01T20:00:00.000Z", "2025-03-02T02:00:00.000Z"];
const next = { ...revision, commit: "b".repeat(40), subject: "next" };
const would = {
  steps: 3,
  interrupts: ["a.service", "b.service", "c.service", "d.service", "e.service", "f.service"],
};

function linesOf(changes: Partial<Status["sync"]>): readonly string[] {
  const text = renderStatus({ ...inSync, units: [], sync: { ...inSync.sync, ...changes } }, options);
  return text.split("\n");
}

it("a suspension is in the headline, with who, until when and why below", () => {
  const suspended = { by: "alice", at, because: "the disk is replaced", until };
  const lines = linesOf({ state: "suspended", suspended });
  expect(lines[0]).toContain("○ suspended");
  expect(lines).toContain("▲ this host is suspended by alice until 02:00: the disk is replaced");
  expect(lines.join("\n")).toContain("gitops-agent resume");
});

it("a revision that waits is shown with when it goes on, what it would do, and how not to wait", () => {
  const waiting = { for: "window", until, since: at, would } as const;
  const text = linesOf({ state: "waiting", attempted: next, waiting }).join("\n");
  expect(text).toContain("waits for the next window, which opens at 02:00");
  expect(text).toContain(
    "it would take 3 steps and interrupt a.service, b.service, c.service, d.service, e.service and 1 more (gitops-agent plan)",
  );
  expect(text).toContain("gitops-agent sync --now does not wait for it");
  expect(text).not.toContain("is not applied yet");
});

it("a pin is shown with who went back, and what ends it", () => {
  const pinned = { by: "alice", at, because: null, revision, left: next.commit, untilNext: true };
  const text = linesOf({ state: "pinned", pinned }).join("\n");
  expect(text).toContain("alice went back to");
  expect(text).toContain("a newer commit, or gitops-agent resume, ends this");
});

it("an agent of an earlier version, which knows nothing of all this, is shown as before", () => {
  expect(linesOf({}).join("\n")).not.toContain("resume");
});

it("a plan says that a sync would wait, and says nothing of it when there is nothing to do", () => {
  const wait = { for: "approval", until: null } as const;
  const step = { kind: "start", unit: "a.service", because: "it is new" } as const;
  const plan = { revision: next, refusals: [], steps: [step] };
  const options = { colour: false, now, timeZone: "UTC" };
  expect(renderWaitOfPlan(plan, wait, options)).toBe(
    '▲ A sync would not do this now: main@bbbbbbb "next" waits for an approval\n  hint: gitops-agent approve bbbbbbb\n',
  );
  expect(renderWaitOfPlan({ ...plan, steps: [] }, wait, options)).toBe("");
  expect(renderWaitOfPlan(plan, null, options)).toBe("");
});
