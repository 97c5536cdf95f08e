/** One history, one unit and one plan, for the golden outputs of the commands that show them. Times are fixed. */
import type { HostFile } from "../../../src/core/model/desired.ts";
import type { History, HistoryEntry } from "../../../src/core/model/history.ts";
import type { Plan } from "../../../src/core/model/plan.ts";
import type { UnitDetails } from "../../../src/core/model/unit-details.ts";
import { revision, running } from "./status-fixture.ts";

const next = { ...revision, commit: `8bf50c0${"0".repeat(33)}`, subject: "nginx: tls 1.3 only" };
const entry: HistoryEntry = {
  at: "2025-03-01T18:00:00.000Z",
  outcome: "applied",
  revision,
  signedBy: "alice@example.org",
  applied: revision,
  failure: null,
  actions: [
    { unit: "web.service", action: "restarted", because: "ExecStart= changed (units/web.service:2)" },
    { unit: "proxy.service", action: "uninterrupted", because: "only Description= changed" },
  ],
  actionCount: 2,
  cause: "push",
  beganAt: "2025-03-01T17:59:52.000Z",
  took: [
    { phase: "fetched", ms: 240 },
    { phase: "applying", ms: 1_300 },
    { phase: "settling", ms: 5_100 },
  ],
};

export const goldenHistory: History = {
  version: 1,
  entries: [
    entry,
    {
      ...entry,
      at: "2025-03-01T20:55:00.000Z",
      outcome: "rolled-back",
      revision: next,
      signedBy: null,
      failure: {
        code: "unhealthy",
        message: "revision 8bf50c0 does not work: web.service failed (result exit-code, exit status 1)",
      },
    },
    {
      ...entry,
      at: "2025-03-01T20:58:00.000Z",
      outcome: "corrected",
      actions: [{ unit: "web.service", action: "restarted", because: "it was edited on the host" }],
      actionCount: 1,
    },
  ],
};

export const goldenUnit: UnitDetails = {
  version: 1,
  generatedAt: "2025-03-01T21:00:00.000Z",
  unit: running,
  revision,
  expected: true,
  files: [
    { path: "/etc/systemd/system/web.service", role: "fragment", origin: "units/web.service" },
    {
      path: "/etc/systemd/system/web.service.d/limits.conf",
      role: "drop-in",
      origin: "hosts/media-1/units/web.service.d/limits.conf",
    },
  ],
  settings: [
    {
      name: "Service.ExecStart",
      value: "/usr/bin/python3 -m http.server 8080 --directory /srv/www/public",
      where: "units/web.service:2",
    },
    { name: "Service.MemoryMax", value: "512M", where: "hosts/media-1/units/web.service.d/limits.conf:2" },
  ],
  startedWith: [],
  pending: null,
  credentials: [
    {
      name: "token",
      origin: "secrets/web.service/token.age",
      delivery: "credential",
      changedAt: "2025-02-01T09:00:00.000Z",
    },
  ],
  mentions: ["/etc/web.conf"],
  relations: [{ relation: "Requires", unit: "db.service", activeState: "active" }],
  takenAlong: [{ unit: "front.service", because: "PartOf=web.service" }],
  drift: [],
  history: [
    {
      at: "2025-03-01T20:58:00.000Z",
      revision,
      outcome: "applied",
      action: "restarted",
      because: "ExecStart= changed (units/web.service:2)",
    },
  ],
  log: [
    '127.0.0.1 - - [01/Mar/2025 20:59:01] "GET /a/very/long/path/that/somebody/has/asked/for HTTP/1.1" 200 -',
  ],
};

const file: HostFile = {
  kind: "file",
  path: "/etc/systemd/system/web.service",
  role: "fragment",
  origin: "units/web.service",
  unit: "web.service",
  bytes: new Uint8Array(),
  digest: "sha256:00",
  mode: 0o644,
};

export const goldenPlan: Plan = {
  revision: next,
  steps: [
    { kind: "write", because: "changed in git", file, backup: false, replaces: true },
    { kind: "daemon-reload", because: "unit files change" },
    { kind: "restart", unit: "web.service", because: "ExecStart= changed (units/web.service:2)" },
  ],
  refusals: [],
  alongside: [{ unit: "front.service", action: "restart", because: "PartOf=web.service" }],
  spared: [],
  explanations: [],
  leaving: [],
  owedHooks: [],
  scope: null,
  released: new Map(),
  expected: new Set(),
};
