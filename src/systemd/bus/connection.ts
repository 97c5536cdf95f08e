/**
 * One connection to a message bus: sends method calls, matches the answers, hands on signals, and says when it is lost.
 * Must not reconnect, retry or limit: bus.ts does.
 */
import createConnection, { type IncomingMessage, type WireConnection } from "dbus-next/lib/connection.js";
import { errnoOf } from "../../lib/system-error.ts";
import { BusError, classifyErrorReply } from "./bus-error.ts";
import { encodeCall } from "./encode-call.ts";

export interface MethodCall {
  /** Well-known name of the receiver; absent: systemd. */
  readonly destination?: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** D-Bus signature of `body`; absent: no arguments. */
  readonly signature?: string;
  readonly body?: readonly unknown[];
  /** What the call is about, for error messages: a unit's name. */
  readonly subject?: string;
}

export interface BusSignal {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

export interface ConnectionEvents {
  signal(signal: BusSignal): void;
  /** Called once, after all calls that waited were rejected. */
  lost(): void;
}

interface PendingCall {
  readonly call: MethodCall;
  resolve(body: readonly unknown[]): void;
  reject(error: BusError): void;
}

// D-Bus specification, "Message Format": types and flags of a message.
const methodReturn = 2;
const errorReply = 3;
const signalMessage = 4;
// The bus cannot start systemd. Without this flag it would try, and answer late and with an error that explains
// nothing.
const noAutoStart = 2;

const systemdName = "org.freedesktop.systemd1";
const hello: MethodCall = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
  member: "Hello",
};

export class Connection {
  readonly #wire: WireConnection;
  readonly #events: ConnectionEvents;
  readonly #pending = new Map<number, PendingCall>();
  #serial = 0;
  #lost: Error | null = null;
  /** Calls that wait until the bus has registered the connection; null from then on. */
  #early: Uint8Array[] | null = [];

  private constructor(wire: WireConnection, events: ConnectionEvents) {
    this.#wire = wire;
    this.#events = events;
    wire.on("connect", () => this.#sendEarly());
    wire.on("message", (message) => this.#receive(message));
    wire.on("error", (error) => this.#lose(error instanceof Error ? error : new Error(String(error))));
    wire.on("end", () => this.#lose(new HangUp("the bus closed the connection")));
    wire.stream.on("close", () => this.#lose(new HangUp("the bus closed the connection")));
  }

  /**
   * Connects, authenticates as the process's own user and registers with the bus.
   * @throws BusError `no-bus`; `absent` when the bus hung up, as it does while it is being restarted
   */
  static async open(address: string, events: ConnectionEvents, timeoutMs: number): Promise<Connection> {
    let connection: Connection | null = null;
    try {
      // dbus-next would look for the bus of a desktop session instead.
      if (address === "") throw new Error("the address of the bus is empty");
      const wire = createConnection({ busAddress: address, authMethods: ["EXTERNAL"] });
      connection = new Connection(wire, events);
      await connection.call(hello, timeoutMs);
      return connection;
    } catch (error) {
      connection?.close();
      const reason = error instanceof BusError ? error.reason : String(error);
      const failure = error instanceof BusError && isHangUp(error.cause) ? "absent" : "no-bus";
      throw new BusError(failure, `${reason} (${address})`, { method: hello.member, cause: error });
    }
  }

  /** Sends a call and resolves with the arguments of its answer. @throws BusError */
  call(call: MethodCall, timeoutMs: number): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      const serial = ++this.#serial;
      const timer = setTimeout(() => {
        this.#settle(serial)?.reject(failCall("timeout", `no answer within ${timeoutMs / 1000} s`, call));
      }, timeoutMs);
      this.#pending.set(serial, {
        call,
        resolve: (body) => {
          clearTimeout(timer);
          resolve(body);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#send(serial, call);
    });
  }

  close(): void {
    this.#lose(new Error("closed by this program"));
  }

  #send(serial: number, call: MethodCall): void {
    if (this.#lost !== null) {
      this.#settle(serial)?.reject(failCall("lost", this.#lost.message, call, this.#lost));
      return;
    }
    try {
      this.#write(
        encodeCall({
          serial,
          flags: noAutoStart,
          destination: call.destination ?? systemdName,
          path: call.path,
          interface: call.interface,
          member: call.member,
          signature: call.signature ?? "",
          body: call.body ?? [],
        }),
      );
    } catch (error) {
      this.#settle(serial)?.reject(failCall("lost", String(error), call, error));
    }
  }

  #write(bytes: Uint8Array): void {
    if (this.#early !== null) this.#early.push(bytes);
    else if (this.#wire.stream.writable) this.#wire.stream.write(bytes);
    else throw new HangUp("the connection to the bus is closed");
  }

  #sendEarly(): void {
    const early = this.#early ?? [];
    this.#early = null;
    for (const bytes of early) this.#wire.stream.write(bytes);
  }

  #settle(serial: number): PendingCall | undefined {
    const pending = this.#pending.get(serial);
    this.#pending.delete(serial);
    return pending;
  }

  #receive(message: IncomingMessage): void {
    if (message.type === signalMessage) {
      this.#events.signal({
        path: message.path ?? "",
        interface: message.interface ?? "",
        member: message.member ?? "",
        body: message.body,
      });
      return;
    }
    // The agent offers no methods: a method call from another process is left without an answer.
    if (message.replySerial === undefined) return;
    const pending = this.#settle(message.replySerial);
    if (message.type === methodReturn) pending?.resolve(message.body);
    if (message.type === errorReply) pending?.reject(errorOf(message, pending.call));
  }

  #lose(cause: Error): void {
    if (this.#lost !== null) return;
    this.#lost = cause;
    this.#wire.stream.destroy();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { call, reject } of pending) reject(failCall("lost", cause.message, call, cause));
    this.#events.lost();
  }
}

/** The other side ended the connection. */
class HangUp extends Error {
  override readonly name = "HangUp";
}

function isHangUp(error: unknown): boolean {
  return error instanceof HangUp || ["ECONNRESET", "EPIPE"].includes(errnoOf(error) ?? "");
}

function failCall(failure: "lost" | "timeout", reason: string, call: MethodCall, cause?: unknown): BusError {
  return new BusError(failure, reason, { ...aboutCall(call), cause });
}

function errorOf(message: IncomingMessage, call: MethodCall): BusError {
  const dbusName = message.errorName ?? "unnamed error";
  const [text] = message.body;
  const reason = typeof text === "string" && text !== "" ? text : dbusName;
  return new BusError(classifyErrorReply(dbusName), reason, { ...aboutCall(call), dbusName });
}

function aboutCall(call: MethodCall): { method: string; subject?: string } {
  return call.subject === undefined
    ? { method: call.member }
    : { method: call.member, subject: call.subject };
}
