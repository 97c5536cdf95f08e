/**
 * The way to a message bus for the rest of this room: connects on the first call and again after a loss, and limits
 * how many calls wait for an answer. Must not know methods or units of systemd.
 */
import { BusError } from "./bus-error.ts";
import { type BusSignal, Connection, type MethodCall } from "./connection.ts";

// dbus-daemon allows 128 calls without an answer per connection. Half of them leaves room for other users of the bus.
const maxPendingCalls = 64;
const defaultCallTimeoutMs = 30_000;
const connectTimeoutMs = 10_000;

export interface CallOptions {
  readonly timeoutMs?: number;
  /** Once aborted, a call that was not sent yet is not sent. A call that was sent is not affected. */
  readonly signal?: AbortSignal;
}

export interface BusListener {
  signal(signal: BusSignal): void;
  /** The connection is gone, and with it what others on the bus knew of us. */
  lost(): void;
}

export class Bus {
  readonly #address: string;
  readonly #matchRules: Set<string>;
  readonly #listeners = new Set<BusListener>();
  readonly #queue: (() => void)[] = [];
  #running = 0;
  #calls = 0;
  #connection: Promise<Connection> | null = null;
  #closed = false;

  /**
   * Nothing is opened before the first call.
   * @param address as in DBUS_SYSTEM_BUS_ADDRESS: `unix:path=…`
   * @param matchRules which signals every connection asks for (D-Bus specification, "Match Rules")
   */
  constructor(address: string, matchRules: readonly string[]) {
    this.#address = address;
    this.#matchRules = new Set(matchRules);
  }

  /** How many calls were sent. */
  get calls(): number {
    return this.#calls;
  }

  /**
   * Calls a method and resolves with the arguments of its answer; 64-bit integers are bigint, variants
   * `{ signature, value }`. Calls are sent in the order in which they were made.
   * @throws BusError, an AgentError: `systemd-unreachable`, `systemd-refused`
   * @throws the reason of `signal` when it was aborted before the call was sent
   */
  async call(call: MethodCall, options: CallOptions = {}): Promise<readonly unknown[]> {
    this.#calls += 1;
    await this.#takeTurn();
    try {
      options.signal?.throwIfAborted();
      const connection = await this.#connect();
      options.signal?.throwIfAborted();
      this.#calls += 1;
      return await connection.call(call, options.timeoutMs ?? defaultCallTimeoutMs);
    } finally {
      this.#passTurn();
    }
  }

  /** Tells `listener` every signal and every loss of the connection, until the returned function is called. */
  listen(listener: BusListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Asks for more signals, on this connection and on all later ones. Rules that are known already are not asked for again.
   * @throws BusError; the rules then hold nowhere
   */
  async addRules(rules: readonly string[]): Promise<void> {
    const added = rules.filter((rule) => !this.#matchRules.has(rule));
    // A connection that is opened from now on asks for them by itself. Asking twice does no harm.
    const isOpen = this.#connection !== null;
    for (const rule of added) this.#matchRules.add(rule);
    if (!isOpen) return;
    try {
      await Promise.all(added.map((rule) => this.call(addMatch(rule))));
    } catch (error) {
      for (const rule of added) this.#matchRules.delete(rule);
      throw error;
    }
  }

  /** Closes the connection for good; calls that wait fail. */
  async close(): Promise<void> {
    this.#closed = true;
    const connection = this.#connection;
    this.#connection = null;
    // A connection that could not be opened has made its callers fail already.
    (await connection?.catch(() => null))?.close();
  }

  async #takeTurn(): Promise<void> {
    if (this.#running < maxPendingCalls) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  #passTurn(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  #connect(): Promise<Connection> {
    if (this.#closed) {
      return Promise.reject(new BusError("no-bus", "closed by this program", { method: "Hello" }));
    }
    this.#connection ??= this.#open();
    return this.#connection;
  }

  #open(): Promise<Connection> {
    const events: BusListener = {
      signal: (signal) => {
        for (const listener of this.#listeners) listener.signal(signal);
      },
      lost: () => {
        if (this.#connection === opening) this.#connection = null;
        for (const listener of this.#listeners) listener.lost();
      },
    };
    const opening = this.#openWithRules(events);
    opening.catch(() => {
      if (this.#connection === opening) this.#connection = null;
    });
    return opening;
  }

  async #openWithRules(events: BusListener): Promise<Connection> {
    const connection = await Connection.open(this.#address, events, connectTimeoutMs);
    try {
      await Promise.all(
        [...this.#matchRules].map((rule) => connection.call(addMatch(rule), connectTimeoutMs)),
      );
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }
}

function addMatch(rule: string): MethodCall {
  return {
    destination: "org.freedesktop.DBus",
    path: "/org/freedesktop/DBus",
    interface: "org.freedesktop.DBus",
    member: "AddMatch",
    signature: "s",
    body: [rule],
  };
}
