/** Chooses the fields of an event for its log line, and their order. Must not know the format of the line. */
import type { DriftRecord } from "../core/model/drift.ts";
import type { Diagnostic } from "../core/model/errors.ts";
import type { AgentEvent } from "../core/model/events.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import type { Revision } from "../core/model/revision.ts";
import type { RoundFigures } from "../core/model/round-figures.ts";

export type FieldValue = string | number | boolean | readonly string[];

/** The fields in the order in which a person reads them, without those that are null. */
export type Fields = Readonly<Record<string, FieldValue>>;

type MaybeFields = Readonly<Record<string, FieldValue | null | undefined>>;

/** The fields for the log line of an event. */
export function fieldsOf(event: AgentEvent): Fields {
  return withoutNulls(selectFields(event));
}

function selectFields(event: AgentEvent): MaybeFields {
  switch (event.type) {
    case "agent.started":
      return { version: event.version, host: event.host, repository: event.repository };
    case "agent.stopped":
      return { reason: event.reason };
    case "agent.warned":
      return { message: event.message, reason: event.reason };
    case "sink.failed":
      return { sink: event.sink, reason: event.reason };
    case "sink.recovered":
      return { sink: event.sink, lost: event.lost };
    case "state.failed":
      return failureFields(event.failure);
    case "state.recovered":
      return { since: event.since };
    case "round.measured":
      return figureFields(event.figures);
    case "round.entered":
      return { phase: event.phase };
    case "repository.polled":
      return { ...revisionFields(event.revision), news: event.news };
    case "repository.failed":
      return failureFields(event.failure);
    case "repository.recovered":
      return { since: event.since };
    case "revision.attempted":
      return { ...revisionFields(event.revision), steps: event.steps };
    case "revision.warned":
      return diagnosticFields(event.diagnostic);
    case "revision.applied":
      return {
        ...revisionFields(event.revision),
        interrupted: event.interrupted,
        durationMs: Math.round(event.durationMs),
      };
    case "revision.degraded":
      return { ...revisionFields(event.revision), failed: event.units };
    case "revision.superseded":
      return { ...revisionFields(event.revision), by: event.by.commit.slice(0, 7) };
    case "revision.waiting":
      return { ...revisionFields(event.revision), for: event.wait.for, until: event.wait.until };
    case "revision.approved":
      return { commit: event.commit.slice(0, 12), by: event.by };
    case "host.suspended":
      return { by: event.by, because: event.because, until: event.until };
    case "host.pinned":
      return { commit: event.commit.slice(0, 12), by: event.by, because: event.because };
    case "host.resumed":
      return { by: event.by, because: event.because };
    case "revision.rolledBack":
      return { from: event.from.commit.slice(0, 7), ...revisionFields(event.to), failed: event.failedUnits };
    case "rollback.failed":
      return {
        from: event.from.commit.slice(0, 7),
        ...revisionFields(event.to),
        ...failureFields(event.failure),
      };
    case "revision.rejected":
      return { ...revisionFields(event.revision), ...failureFields(event.failure) };
    case "credentials.activated":
      return { generation: event.generation, count: event.count };
    case "file.written":
    case "file.deleted":
    case "file.restored":
      return { path: event.path, unit: event.unit, because: event.because };
    case "file.adopted":
      return { path: event.path, unit: event.unit };
    case "file.saved":
      return { path: event.path, backup: event.backup };
    case "manager.reloaded":
      return {};
    case "unit.started":
    case "unit.stopped":
    case "unit.restarted":
    case "unit.reloaded":
      return { unit: event.unit, because: event.because };
    case "hook.ran":
      return { unit: event.unit, command: event.command, because: event.because };
    case "unit.takenAlong":
    case "unit.skipped":
      return { unit: event.unit, because: event.because };
    case "unit.unfinished":
    case "unit.finished":
    case "unit.failed":
      return { unit: event.unit, message: event.message };
    case "unit.spared":
      return { unit: event.unit, pending: event.pending, because: event.because };
    case "drift.corrected":
      return { unit: event.drift.unit, kind: event.drift.kind, path: event.drift.path };
    case "drift.stalled":
      return {
        unit: event.drift.unit,
        kind: event.drift.kind,
        path: event.drift.path,
        message: describeStall(event.drift),
        next: event.nextAt,
      };
    case "drift.detected":
    case "drift.changed":
    case "drift.reminded":
      return {
        ...driftFields(event.drift),
        message: event.drift.message,
        since: event.type === "drift.detected" ? null : event.drift.since,
        hint: `gitops-agent drift ${event.drift.unit ?? event.drift.path ?? ""}`.trim(),
      };
    case "drift.resolved":
      return { ...driftFields(event.drift), since: event.drift.since };
    case "drift.burst": {
      const message = `${event.count} differences ${burstWords[event.of]}`;
      const more = event.count - event.names.length;
      const hint = event.of === "resolved" ? null : "gitops-agent drift";
      return { count: event.count, first: event.names, more: Math.max(0, more), message, hint };
    }
  }
}

function describeStall({ path, unit, message }: DriftRecord): string {
  const what = path ?? unit ?? "the host";
  const why = path === null ? "that does not last" : "something changes it back";
  return `${what} is put back, and ${why}; from now on it is put back more and more rarely, until a person acts: ${message}`;
}

const burstWords = {
  detected: "between this host and what was applied",
  changed: "are other ones now",
  reminded: "are still there",
  resolved: "are over",
} as const;

function driftFields({ unit, kind, path }: DriftRecord): MaybeFields {
  return { unit, kind, path };
}

function revisionFields(revision: Revision | null): MaybeFields {
  if (revision === null) return {};
  return { revision: `${revision.branch}@${revision.commit.slice(0, 12)}`, subject: revision.subject };
}

function failureFields(failure: SyncFailure): MaybeFields {
  return {
    code: failure.code,
    message: failure.message,
    details: failure.details.length === 0 ? null : failure.details,
    hint: failure.hint,
    since: failure.since,
  };
}

function figureFields({ durationMs, cpuMs, phases, calls, counts }: RoundFigures): MaybeFields {
  return {
    durationMs: Math.round(durationMs),
    cpuMs: Math.round(cpuMs),
    ...counts,
    phases: phases.map(({ phase, ms }) => `${phase} ${ms.toFixed(1)} ms`),
    calls: calls.map(({ phase, call, count, ms }) => `${phase} ${call} ${count} in ${ms.toFixed(1)} ms`),
  };
}

function diagnosticFields(diagnostic: Diagnostic): MaybeFields {
  return {
    file: diagnostic.file,
    line: diagnostic.line,
    column: diagnostic.column,
    code: diagnostic.code,
    message: diagnostic.message,
    hint: diagnostic.hint,
  };
}

function withoutNulls(fields: MaybeFields): Fields {
  const present: Record<string, FieldValue> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value !== null && value !== undefined) present[key] = value;
  }
  return present;
}
