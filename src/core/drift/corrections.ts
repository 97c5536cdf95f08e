/** What puts each kind of difference back: a file, a job, a daemon-reload, or the credentials. Pure. */

import type { Corrections, JobCorrection, PathCorrection } from "../model/correction.ts";
import type { EntryRole } from "../model/desired.ts";
import type { DriftKind, DriftRecord } from "../model/drift.ts";

type Repair =
  | { readonly what: "path"; readonly seen: string; readonly role: EntryRole; readonly isStarted?: true }
  | {
      readonly what: "job";
      readonly seen: string;
      readonly verb: JobCorrection["verb"];
      readonly ifExpected: boolean;
    }
  | { readonly what: "reload" | "credentials"; readonly seen: string };

const path = (seen: string, role: EntryRole = "file"): Repair => ({ what: "path", seen, role });
const job = (verb: JobCorrection["verb"], seen: string, ifExpected = true): Repair => ({
  what: "job",
  verb,
  seen,
  ifExpected,
});

/** Null where nothing but a change in git, or a person, can help. */
const repairs: Readonly<Record<DriftKind, Repair | null>> = {
  modified: path("its content was not git's any more"),
  missing: path("it was gone"),
  mode: path("its mode or owner was not git's any more"),
  replaced: path("something else was in its place"),
  "foreign-drop-in": path("it is not in git", "drop-in"),
  disabled: path("the link was gone"),
  enabled: path("the link is not in git", "enablement"),
  masked: { what: "path", seen: "the unit was masked", role: "mask", isStarted: true },
  unmasked: path("the mask was gone"),
  "needs-reload": { what: "reload", seen: "systemd had an older definition in memory" },
  shadowed: path("it hid the unit of git", "fragment"),
  "other-settings": { what: "reload", seen: "systemd had loaded other drop-ins" },
  stopped: job("start", "it did not run"),
  running: job("stop", "it ran, and git says that it is stopped"),
  failed: job("start", "it had failed", false),
  "start-limit": job("start", "it had been started too often", false),
  watchdog: job("start", "its watchdog had ended it", false),
  looping: null,
  crashed: null,
  owed: job("start", "its start was still owed"),
  "not-listening": job("start", "it did not listen"),
  "timer-inactive": job("start", "it was not active"),
  "timer-never": null,
  "old-definition": job("restart", "it still ran with an older definition"),
  "old-credentials": job("restart", "it still ran with older credentials"),
  "credential-missing": { what: "credentials", seen: "a credential was gone" },
  "credential-modified": { what: "credentials", seen: "a credential was altered" },
};

/** Whether the agent can put this kind of difference back. */
export function isCorrectable(kind: DriftKind): boolean {
  return repairs[kind] !== null;
}

/** What puts these differences back, with the least that does it. */
export function planCorrections(records: readonly DriftRecord[]): Corrections {
  const paths = new Map<string, PathCorrection>();
  const jobs = new Map<string, JobCorrection>();
  const units = new Set<string>();
  let reload: string | null = null;
  for (const record of records) {
    const repair = repairs[record.kind];
    if (repair === null) continue;
    const because = `drift: ${repair.seen}`;
    if (record.unit !== null) units.add(record.unit);
    if (repair.what === "reload") reload ??= because;
    else if (repair.what === "job" && record.unit !== null) {
      jobs.set(record.unit, { verb: repair.verb, because, ifExpected: repair.ifExpected });
    } else if (repair.what === "path" && record.path !== null) {
      paths.set(record.path, {
        because,
        role: repair.role,
        unit: record.unit,
        sinceUs: Date.parse(record.since) * 1000,
      });
      if (repair.isStarted && record.unit !== null && !jobs.has(record.unit)) {
        jobs.set(record.unit, { verb: "start", because, ifExpected: true });
      }
    }
  }
  const credentials = records.some(({ kind }) => repairs[kind]?.what === "credentials");
  return { paths, jobs, units, reload, credentials };
}

/**
 * The same for a further look in the same correction: jobs may have to be finished, but no path is written twice. Who
 * changes it back at once would otherwise be fought.
 */
export function withoutDone(corrections: Corrections): Corrections {
  return { ...corrections, paths: new Map(), reload: null };
}
