/**
 * What can go wrong with a call over D-Bus, told apart by whether systemd may have received it.
 * Must not know single methods of systemd.
 */
import { AgentError, type AgentErrorDetails } from "../../core/model/errors.ts";

/**
 * - `no-bus`: no connection could be made; nothing was sent.
 * - `absent`: systemd is not on the bus, or the bus is about to go (one of them restarts); systemd received nothing.
 * - `lost`: the connection or systemd went away before the answer; the call may have had its effect.
 * - `timeout`: no answer in time; the call may still have its effect.
 * - `refused`: systemd said no.
 */
export type BusFailure = "no-bus" | "absent" | "lost" | "timeout" | "refused";

/** An AgentError of code `systemd-refused` (failure `refused`) or `systemd-unreachable` (all the others). */
export class BusError extends AgentError {
  readonly failure: BusFailure;
  /** Name of the D-Bus error, null when no answer came. */
  readonly dbusName: string | null;
  /** The reason alone, as systemd or the system gave it, without our words around it. */
  readonly reason: string;

  constructor(failure: BusFailure, reason: string, details: BusErrorDetails) {
    super(
      failure === "refused" ? "systemd-refused" : "systemd-unreachable",
      messageOf(failure, reason, details),
      {
        ...details,
        hint: details.hint ?? hintOf(failure),
      },
    );
    this.failure = failure;
    this.dbusName = details.dbusName ?? null;
    this.reason = reason;
  }
}

export interface BusErrorDetails extends AgentErrorDetails {
  /** The method that was called. */
  readonly method: string;
  readonly dbusName?: string;
}

const absentNames: ReadonlySet<string> = new Set([
  "org.freedesktop.DBus.Error.ServiceUnknown",
  "org.freedesktop.DBus.Error.NameHasNoOwner",
]);
const lostNames: ReadonlySet<string> = new Set([
  "org.freedesktop.DBus.Error.NoReply",
  "org.freedesktop.DBus.Error.Disconnected",
]);

/** The failure that a D-Bus error reply stands for (names: D-Bus specification, "Standard error names"). */
export function classifyErrorReply(dbusName: string): BusFailure {
  if (absentNames.has(dbusName)) return "absent";
  if (lostNames.has(dbusName)) return "lost";
  return "refused";
}

function messageOf(
  failure: BusFailure,
  reason: string,
  { method, dbusName, subject }: BusErrorDetails,
): string {
  const asked = subject === undefined ? method : `${method} ${subject}`;
  switch (failure) {
    case "no-bus":
      return `cannot connect to systemd over D-Bus: ${reason}`;
    case "absent":
      return `systemd is not to be reached over D-Bus at the moment: ${reason}`;
    case "lost":
      return `the connection to systemd broke during ${asked}: ${reason}`;
    case "timeout":
      return `systemd did not answer ${asked}: ${reason}`;
    case "refused":
      return `systemd refused ${asked}: ${reason}${dbusName === undefined ? "" : ` (${dbusName})`}`;
  }
}

function hintOf(failure: BusFailure): string {
  return failure === "refused"
    ? "systemd's own words are above; `systemctl status` and `journalctl -b` of the unit tell more"
    : "see whether the bus and systemd answer: `systemctl status dbus.socket` and `busctl status org.freedesktop.systemd1`";
}
