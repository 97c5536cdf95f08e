/** Reads a sync request from the query of its URL. Must not carry it out. */
import path from "node:path";
import { AgentError } from "../core/model/errors.ts";
import { type Decision, maxDecisionText, type SyncRequest, syncModes } from "../core/model/sync-request.ts";
import { isQuadletName, isUnitName } from "../core/units/unit-name.ts";
import { everything, plainMode } from "./types.ts";

const commitPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** @throws AgentError `usage` */
export function parseSyncRequest(query: URLSearchParams): SyncRequest {
  const asked = query.getAll("mode").filter((mode) => mode !== plainMode);
  const modes = syncModes.filter((known) => asked.includes(known));
  const adopt = query.getAll("adopt");
  const correct = query.getAll("correct");
  const decisions = query.getAll("decision").map(parseDecision);
  const isKnown = asked.every((mode) => modes.some((known) => known === mode));
  const isCorrectable = (name: string) =>
    name === everything || path.isAbsolute(name) || isUnitName(name) || isQuadletName(name);
  if (
    !isKnown ||
    !isCommit ||
    adopt.some((file) => !path.isAbsolute(file)) ||
    !correct.every(isCorrectable)
  ) {
    throw notUnderstood();
  }
  const request = { modes, adopt, ...(decisions.length === 0 ? {} : { decisions }) };
  if (correct.length === 0) return request;
  return { ...request, correct: correct.includes(everything) ? everything : correct };
}

function parseDecision(text: string): Decision {
  const { kind, by, because, until, commit, untilNext } = parseJson(text);
  if (!isText(by)) throw notUnderstood();
  if (kind === "resume") return { kind, by };
  if (kind === "approve" && isCommit(commit)) return { kind, by, commit };
  if (because !== null && !isText(because)) throw notUnderstood();
  if (kind === "suspend" && (until === null || isTime(until))) return { kind, by, because, until };
  if (kind !== "roll-back" || typeof untilNext !== "boolean" || !isCommit(commit)) throw notUnderstood();
  return { kind, by, because, commit, untilNext };
}

function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // Reported below, together with JSON that is not an object.
  }
  throw notUnderstood();
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= maxDecisionText;
}

function isCommit(value: unknown): value is string {
  return typeof value === "string" && commitPattern.test(value);
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function notUnderstood(): AgentError {
  return new AgentError("usage", "this sync request is not understood", {
    hint: `mode is one of ${[plainMode, ...syncModes].join(", ")}; adopt is an absolute path; correct is a unit, an absolute path or ${everything}; decision is JSON of this release`,
  });
}
