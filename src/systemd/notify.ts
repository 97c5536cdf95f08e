/**
 * Tells the service manager the state of the agent itself (sd_notify(3)). Node has no unix datagram sockets, so the
 * program systemd-notify sends the messages. That is why the unit needs NotifyAccess=all. Must never make the agent
 * fail.
 */
import { readProgram } from "../lib/program.ts";

export interface Notifier {
  /** Start-up is complete. `status` is the line that `systemctl status` shows. */
  ready(status: string): Promise<void>;
  status(text: string): Promise<void>;
  stopping(status: string): Promise<void>;
  /**
   * Tells the watchdog at every half of WatchdogSec= that the agent is alive, as long as `isAlive` returns true. Does
   * nothing without WatchdogSec=. The returned function ends it.
   */
  startWatchdog(isAlive: () => boolean): () => void;
}

/** The variables that systemd sets for a service of Type=notify; without NOTIFY_SOCKET nothing is ever sent. */
export type NotifyEnvironment = Readonly<Record<string, string | undefined>>;

const limits = { timeoutMs: 10_000, limitBytes: 64 * 1024 };

/** @param onFailure hears why a message could not be sent */
export function createNotifier(env: NotifyEnvironment, onFailure: (error: Error) => void): Notifier {
  let shown = "";
  const channel = new Channel(env, (error) => {
    shown = "";
    onFailure(error);
  });
  const intervalMs = findWatchdogInterval(env);
  return {
    ready: (status) => channel.send({ READY: "1", STATUS: status }),
    status: async (text) => {
      // Every message starts a process, so a line that is shown already is not sent again.
      if (text === shown) return;
      shown = text;
      await channel.send({ STATUS: text });
    },
    stopping: (status) => channel.send({ STOPPING: "1", STATUS: status }),
    startWatchdog: (isAlive) => {
      if (intervalMs === null) return () => {};
      const timer = setInterval(() => {
        if (isAlive()) void channel.send({ WATCHDOG: "1" });
      }, intervalMs);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

/**
 * Half of the watchdog's time, milliseconds, as sd_watchdog_enabled(3) advises; null when systemd does not watch this process.
 */
function findWatchdogInterval(env: NotifyEnvironment): number | null {
  const watchdogUs = Number(env["WATCHDOG_USEC"] ?? 0);
  const isMeantForUs = env["WATCHDOG_PID"] === undefined || Number(env["WATCHDOG_PID"]) === process.pid;
  return isMeantForUs && watchdogUs > 0 ? watchdogUs / 2000 : null;
}

/**
 * Sends one message at a time. What is to be sent meanwhile goes into the next one, with the last value of each
 * variable.
 */
class Channel {
  readonly #env: NotifyEnvironment;
  readonly #onFailure: (error: Error) => void;
  #next: Record<string, string> = {};
  #sending: Promise<void> | null = null;

  constructor(env: NotifyEnvironment, onFailure: (error: Error) => void) {
    this.#env = env;
    this.#onFailure = onFailure;
  }

  /** Resolves when the variables were sent, or could not be sent. */
  async send(variables: Readonly<Record<string, string>>): Promise<void> {
    if (this.#env["NOTIFY_SOCKET"] === undefined) return;
    this.#next = { ...this.#next, ...variables };
    this.#sending ??= this.#drain();
    await this.#sending;
  }

  async #drain(): Promise<void> {
    while (Object.keys(this.#next).length > 0) {
      const variables = this.#next;
      this.#next = {};
      await this.#sendNow(variables);
    }
    this.#sending = null;
  }

  async #sendNow(variables: Readonly<Record<string, string>>): Promise<void> {
    const assignments = Object.entries(variables).map(([name, value]) => `${name}=${oneLine(value)}`);
    const environment = { PATH: this.#env["PATH"], NOTIFY_SOCKET: this.#env["NOTIFY_SOCKET"] };
    try {
      const { exitCode, signalName, stderr } = await readProgram("systemd-notify", assignments, {
        environment,
        ...limits,
      });
      if (exitCode === 0) return;
      const end = signalName ?? `exit status ${exitCode}`;
      this.#onFailure(new Error(`systemd-notify ended with ${end}: ${stderr.trim()}`));
    } catch (error) {
      this.#onFailure(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** A line break would begin another variable. */
function oneLine(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return value.replace(/[\u0000-\u001f\u007f]+/g, " ");
}
