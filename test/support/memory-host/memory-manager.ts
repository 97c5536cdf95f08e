/** The simulated systemd as the agent sees it. */
import type { JobVerb } from "../../../src/core/model/plan.ts";
import type { LogPort, ManagerPort } from "../../../src/core/ports/systemd.ts";
import { formatCommand } from "../../../src/core/units/hook-unit.ts";
import { typeOfUnit } from "../../../src/core/units/unit-name.ts";
import type { Effects } from "./effects.ts";
import type { MemoryFiles } from "./memory-files.ts";
import type { MemoryUnits } from "./memory-units.ts";

export interface ManagerParts {
  readonly units: MemoryUnits;
  readonly files: MemoryFiles;
  readonly effects: Effects;
  /** Runs a command; gives how it failed, or null. */
  readonly runCommand: (text: string) => string | null;
  /** Hears of each thing that was done to a unit. */
  readonly onDone: (kind: JobVerb | "refresh-cgroup", unit: string) => void;
}

export const noLogs: LogPort = { readLastLines: async () => [] };

export function makeManager({ units, files, effects, onDone, runCommand }: ManagerParts): ManagerPort {
  return {
    readUnits: async (names) =>
      new Map(
        names.map((name) => {
          // Why it is down costs questions of its own, as on a host.
          const { downBecause: _, ...unit } = units.observe(name);
          return [name, unit];
        }),
      ),
    watchChanges: async () => ({ next: async () => undefined, close: () => undefined }),
    readDownCauses: async (names) =>
      new Map(
        names.flatMap((name) => {
          const cause = units.observe(name).downBecause;
          return cause === undefined ? [] : [[name, cause]];
        }),
      ),
    listLoaded: async (patterns) =>
      [...units.states.keys()].filter((name) =>
        patterns.some((pattern) => {
          const [head = "", tail = ""] = pattern.split("*");
          return name.startsWith(head) && name.endsWith(tail);
        }),
      ),
    readTies: async (names) => {
      const { along, conflicts } = units.readTies();
      const isAsked = ([origin]: readonly [string, unknown]) => names.includes(origin);
      return {
        along: new Map([...along].filter(isAsked)),
        conflicts: new Map([...conflicts].filter(isAsked)),
      };
    },
    glance: async (types) => new Map([...units.states].filter(([name]) => types.includes(typeOfUnit(name)))),
    readLoaded: async (names) => {
      const outdated = units.loaded.findOutdated(files, names);
      const asLoaded = { loadState: "loaded", fragmentPath: null, dropInPaths: [] };
      return new Map(names.map((name) => [name, { ...asLoaded, needDaemonReload: outdated.has(name) }]));
    },
    takeHints: async () => new Set(),
    takeReload: () => false,
    listRestarted: async () => [],
    readStatus: async () => new Map(),
    readLongStarts: async (names) =>
      new Map(
        names.flatMap((name) => {
          const { activeState, subState, startedAtUs } = units.observe(name);
          return activeState === "activating" && subState === "start"
            ? [[name, { message: "still running", startedAtUs, isQueued: false }]]
            : [];
        }),
      ),
    readFailedRequirements: async () => new Map(),
    readUnmet: async (names) =>
      new Map(
        names
          .filter((name) => units.observe(name).downBecause === "condition")
          .map((name) => [name, { message: "a condition was not met", isFailure: false }]),
      ),
    reload: async () => {
      effects.pass("daemon-reload");
      units.load(files);
    },
    refreshControlGroups: async (names) => {
      for (const name of names) {
        effects.pass("refresh-cgroup", name);
        onDone("refresh-cgroup", name);
      }
    },
    resetFailed: async (names) => {
      for (const name of names) {
        effects.pass("reset-failed", name);
        units.resetFailed(name);
      }
    },
    runCommand: async ({ unit, command }) => {
      effects.pass("run", unit);
      return runCommand(formatCommand(command));
    },
    runJobs: async (jobs) => {
      const own = new Set(jobs.flatMap(({ unit, verb }) => (verb === "reload" ? [] : [unit])));
      return jobs.map(({ unit, verb }) => {
        effects.pass(verb, unit);
        if (!units.carryOut(verb, unit, own)) return { unit, verb, result: "refused", message: "not found" };
        onDone(verb, unit);
        // A oneshot that works: its job has no end yet.
        const isAtWork = verb !== "stop" && units.observe(unit).activeState === "activating";
        return { unit, verb, result: isAtWork ? "unfinished" : "done" };
      });
    },
  };
}
