/** What systemd has loaded of a unit, beside what was applied. */
import { expect, it } from "vitest";
import {
  compareLoaded,
  listSettings,
  listStrangeDropIns,
  listUnloadedFiles,
} from "../../../../src/core/drift/loaded-difference.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";

const own = "/etc/systemd/system/web.service.d/10-git.conf";
const strange = "/run/systemd/system/web.service.d/o.conf";
const inventory = {
  ...emptyInventory,
  files: {
    [own]: {
      role: "drop-in",
      unit: "web.service",
      origin: "units/web.service.d/10-git.conf",
      kind: "file",
      content: "sha256:x",
      mode: 0o644,
    },
  },
  units: {
    "web.service": {
      owned: true,
      declared: true,
      masked: false,
      definition: {
        settings: {
          "Service.Nice": ["1"],
          "Unit.After": ["a.service", "b.service"],
          "Service.Type": ["exec"],
        },
        credentials: {},
        files: {},
      },
      startedWith: "same",
      invocationId: null,
      pending: null,
      expected: true,
    },
  },
} as const;

it("names each setting of a drop-in once, in its order", () => {
  const text = "[Service]\nNice=1\nEnvironment=A=1\nEnvironment=B=2\n[Unit]\nAfter=a.service\n";
  expect(listSettings(new TextEncoder().encode(text))).toEqual([
    "Service.Nice",
    "Service.Environment",
    "Unit.After",
  ]);
});

it("tells the drop-ins of others, and the values that are not word for word as in git", () => {
  const loaded = {
    loadState: "loaded",
    fragmentPath: "/etc/systemd/system/web.service",
    dropInPaths: [own, strange],
    needDaemonReload: false,
  };
  const values = new Map([
    ["Service.Nice", "5"],
    ["Service.Type", "exec"],
    ["Unit.After", null],
    ["Service.MemoryMax", "67108864"],
  ]);
  expect(listStrangeDropIns(loaded, inventory)).toEqual([strange]);
  expect(listUnloadedFiles("web.service", loaded, inventory)).toEqual([]);
  expect(listUnloadedFiles("web.service", { ...loaded, dropInPaths: [strange] }, inventory)).toEqual([own]);
  expect(compareLoaded("web.service", loaded, values, inventory)).toEqual({
    unit: "web.service",
    fragment: "/etc/systemd/system/web.service",
    needsReload: false,
    dropIns: [
      { path: own, isFromGit: true },
      { path: strange, isFromGit: false },
    ],
    values: [
      { setting: "Service.Nice", git: "1", loaded: "5" },
      { setting: "Unit.After", git: "a.service b.service", loaded: null },
      { setting: "Service.MemoryMax", git: null, loaded: "67108864" },
    ],
  });
});
