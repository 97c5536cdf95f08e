/** What an attempt waits for, by what people have decided and agent.yaml says. */
import { describe, expect, it } from "vitest";
import { describeSuspension, describeWait, hintOfWait } from "../../../../src/core/gate/describe.ts";
import {
  chooseRevision,
  decideWait,
  findEnd,
  findSuspension,
  type GateSettings,
  openGate,
} from "../../../../src/core/gate/gate.ts";
import { parseWindow } from "../../../../src/core/gate/windows.ts";
import { emptyIntent, type Intent } from "../../../../src/core/model/intent.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import type { Revision } from "../../../../src/core/model/revision.ts";
import { attemptOf } from "../../../support/values/attempt-fixture.ts";

const nowMs = new Date(2026, 11, 2, 12).getTime();
const at = new Date(nowMs).toISOString();
const later = new Date(nowMs + 3_600_000).toISOString();

function revisionOf(digit: string): Revision {
  return { branch: "main", commit: digit.repeat(40), subject: digit, author: "Alice", committedAt: at };
}

const [old, tip] = [revisionOf("a"), revisionOf("b")];
const night = parseWindow("02:00..05:00");
const closed = { windows: night === null ? [] : [night], confirm: false };
const opensAt = new Date(2026, 11, 3, 2).toISOString();

function intentWith(changes: Partial<Intent>): Intent {
  return { ...emptyIntent, ...changes };
}

const suspended = intentWith({ suspension: { by: "alice", at, because: "disk", until: later } });
const pinned = intentWith({
  pin: { by: "alice", at, because: null, revision: old, left: tip.commit, untilNext: false },
});
const accepted = (mode: "now" | "approve") => intentWith({ accepted: { commit: tip.commit, modes: [mode] } });

function waitOf(intent: Intent, revision: Revision, gate: GateSettings, timeMs: number) {
  return decideWait(revision, { intent, inventory: emptyInventory, gate }, timeMs);
}

describe("an attempt", () => {
  it("waits for nothing where nothing is configured and nobody has decided anything", () => {
    expect(waitOf(emptyIntent, tip, openGate, nowMs)).toBeNull();
  });

  it("waits for the next window, and not within one", () => {
    expect(waitOf(emptyIntent, tip, closed, nowMs)).toEqual({ for: "window", until: opensAt });
    expect(waitOf(emptyIntent, tip, closed, Date.parse(opensAt))).toBeNull();
  });

  it("waits for an approval of just its revision, and for the window after that", () => {
    const confirm = { ...openGate, confirm: true };
    expect(waitOf(emptyIntent, tip, confirm, nowMs)).toEqual({ for: "approval", until: null });
    expect(waitOf(accepted("approve"), tip, confirm, nowMs)).toBeNull();
    expect(waitOf(accepted("approve"), old, confirm, nowMs)).toMatchObject({ for: "approval" });
    expect(waitOf(accepted("approve"), tip, { ...closed, confirm: true }, nowMs)).toMatchObject({
      for: "window",
    });
  });

  it("waits for neither when a person says now, or goes back", () => {
    const both = { ...closed, confirm: true };
    expect(waitOf(accepted("now"), tip, both, nowMs)).toBeNull();
    expect(waitOf(pinned, old, both, nowMs)).toBeNull();
    expect(waitOf(pinned, tip, both, nowMs)).not.toBeNull();
  });

  it("waits while the host is suspended, whatever else was decided, and not a moment longer", () => {
    const now = { ...suspended, accepted: accepted("now").accepted };
    expect(waitOf(now, tip, openGate, nowMs)).toEqual({ for: "suspended", until: later });
    expect(waitOf(now, tip, openGate, Date.parse(later))).toBeNull();
    expect(findSuspension(suspended, Date.parse(later))).toBeNull();
  });
});

describe("an attempt at what the host has, or half has", () => {
  const gate = { ...closed, confirm: true };

  it("waits for a suspension alone, as what is applied is kept so at any time", () => {
    const inventory = { ...emptyInventory, revision: tip };
    expect(decideWait(tip, { intent: emptyIntent, inventory, gate }, nowMs)).toBeNull();
    expect(decideWait(tip, { intent: suspended, inventory, gate }, nowMs)).toMatchObject({
      for: "suspended",
    });
  });

  it("waits for nothing once it was begun", () => {
    const inventory = { ...emptyInventory, revision: old, applying: tip };
    expect(decideWait(tip, { intent: suspended, inventory, gate }, nowMs)).toBeNull();
    expect(decideWait(revisionOf("c"), { intent: emptyIntent, inventory, gate }, nowMs)).not.toBeNull();
  });
});

describe("the revision that the host is to have", () => {
  it("is the tip, or the one that a person went back to", () => {
    expect(chooseRevision(emptyIntent, tip)).toBe(tip);
    expect(chooseRevision(pinned, tip)).toBe(old);
    expect(chooseRevision(pinned, revisionOf("c"))).toBe(old);
    expect(chooseRevision(pinned, null)).toBe(old);
  });

  it("is the tip again when it is another one than the one that was left, if the pin was for so long", () => {
    const { pin } = pinned;
    const intent = intentWith({ pin: pin === null ? null : { ...pin, untilNext: true } });
    expect(chooseRevision(intent, tip)).toBe(old);
    expect(chooseRevision(intent, null)).toBe(old);
    expect(chooseRevision(intent, revisionOf("c"))?.commit).toBe("c".repeat(40));
  });
});

describe("the end of what holds a host back", () => {
  const wait = { for: "window", until: opensAt, would: { steps: 1, interrupts: [] } } as const;
  const waiting = attemptOf(tip, { phase: "waiting", ...wait });
  const endless = attemptOf(tip, { phase: "waiting", ...wait, until: null });

  it("is the first that comes by itself", () => {
    expect(findEnd(suspended, waiting, nowMs)).toBe(later);
    expect(findEnd(emptyIntent, waiting, nowMs)).toBe(opensAt);
  });

  it("is not there for what only a person ends, nor for what is over", () => {
    expect(findEnd(emptyIntent, attemptOf(tip), nowMs)).toBeNull();
    expect(findEnd(pinned, endless, nowMs)).toBeNull();
    expect(findEnd(suspended, null, Date.parse(later))).toBeNull();
  });
});

it("each wait is said with what ends it", () => {
  expect(describeWait({ for: "window", until: opensAt })).toBe(
    `waits for the next window, which opens at ${opensAt}`,
  );
  expect(hintOfWait({ for: "window", until: opensAt }, tip.commit)).toContain("sync --now");
  expect(hintOfWait({ for: "approval", until: null }, tip.commit)).toBe("gitops-agent approve bbbbbbb");
  expect(hintOfWait({ for: "suspended", until: null }, tip.commit)).toContain("resume");
  const { suspension } = suspended;
  if (suspension === null) throw new Error("unreachable");
  expect(describeSuspension(suspension)).toBe(`by alice until ${later}: disk`);
  expect(describeSuspension({ ...suspension, until: null, because: null })).toBe(
    "by alice until somebody resumes",
  );
});
