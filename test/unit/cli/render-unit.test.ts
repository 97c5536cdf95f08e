/** One unit as text at 80 columns: its settings with their places, what it runs with, and why it was or was not restarted. */
import { expect, it } from "vitest";
import { renderSync } from "../../../src/cli/render/history-sync.ts";
import { renderUnitDetails } from "../../../src/cli/render/unit-details.ts";
import { renderWhy } from "../../../src/cli/render/why.ts";
import type { UnitDetails } from "../../../src/core/model/unit-details.ts";
import { revision, running } from "../../support/values/status-fixture.ts";
import { toldSince } from "../../support/values/told-drift.ts";

const options = { colour: false, width: 80, now: Date.parse("2025-03-01T21:00:00.000Z"), timeZone: "UTC" };
const at = "2025-03-01T20:58:00.000Z";

const controlCharacter = new RegExp(`[${String.fromCharCode(27)}${String.fromCharCode(7)}]`);

const details: UnitDetails = {
  version: 1,
  generatedAt: at,
  unit: { ...running, name: "web.service", since: at },
  revision,
  expected: true,
  files: [{ path: "/etc/systemd/system/web.service", role: "fragment", origin: "units/web.service" }],
  settings: [{ name: "Service.Environment", value: "V=1\u001b[2J", where: "units/web.service:3" }],
  startedWith: ["Environment= changed"],
  pending: "on-change: none",
  credentials: [{ name: "token", origin: "secrets/web.service/token.age", delivery: "credential" }],
  mentions: ["/etc/web.conf"],
  relations: [{ relation: "Requires", unit: "db.service", activeState: "failed" }],
  takenAlong: [{ unit: "front.service", because: "PartOf=web.service" }],
  drift: [],
  history: [{ at, revision, outcome: "applied", action: "pending", because: "on-change: none" }],
  log: ["listening on 80"],
};

it("the details name each place, and a line of git cannot clear the screen", () => {
  const text = renderUnitDetails(details, options);
  expect(text).toMatch(/^web\.service {2}active \(running\) since 20:58 \(2 min\)\n/);
  expect(text).toMatch(/Environment=V=1\\x1b\[2J +units\/web\.service:3/);
  expect(text).toContain("an older definition: Environment= changed since");
  expect(text).toContain("left to people: on-change: none");
  expect(text).toMatch(/Requires= +db\.service +failed/);
  expect(text).not.toContain("DRIFT");
});

it("nothing that a service logs, and no name or message, reaches the terminal as a control sequence", () => {
  const evil = "a\u001b]0;title\u0007\u001b[2J";
  const drift = {
    ...toldSince(at),
    key: "k",
    kind: "modified",
    unit: "web.service",
    path: evil,
    message: evil,
  } as const;
  const credential = { name: evil, origin: evil, delivery: "credential" } as const;
  const relations = [{ relation: "Requires", unit: evil, activeState: "active" }];
  const hostile = {
    ...details,
    log: [evil],
    mentions: [evil],
    drift: [drift],
    credentials: [credential],
    relations,
  };
  for (const text of [renderUnitDetails(hostile, options), renderWhy(hostile, options)]) {
    expect(text).not.toMatch(controlCharacter);
  }
});

it("without the clone it says that the places are not known", () => {
  expect(renderUnitDetails({ ...details, settings: null }, options)).toContain(
    "the local clone cannot be read",
  );
});

it("why: what syncs did, what it runs with now, and whom a restart would take along", () => {
  const text = renderWhy(details, options);
  expect(text).toMatch(/20:58 +pending +3f2a91c +on-change: none/);
  expect(text).toContain("front.service  because of PartOf=web.service");
  const alone = renderWhy(
    { ...details, startedWith: [], pending: null, history: [], takenAlong: [] },
    options,
  );
  expect(alone).toContain("nothing that the history still has");
  expect(alone).toContain("it runs with what git says");
  expect(alone).toContain("systemctl restart web.service concerns it alone");
});

it("one sync: a diff, or why there is none, and times only where they were recorded", () => {
  const sync = {
    at,
    outcome: "applied",
    revision,
    signedBy: null,
    applied: revision,
    failure: null,
    actions: [],
    actionCount: 0,
  } as const;
  const took = [
    { phase: "fetched", ms: 120 },
    { phase: "settling", ms: 5000 },
  ] as const;
  const text = renderSync(
    { sync: { ...sync, cause: "push", took }, before: null, diff: { text: null, reason: "only root" } },
    options,
  );
  expect(text).toContain("because  a push was noticed");
  expect(text).toContain("took     prepare 120ms, settle 5s");
  expect(text).toContain("no diff: only root");
  expect(renderSync({ sync, before: null, diff: null }, options)).toContain("took     not recorded");
});
