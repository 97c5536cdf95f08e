/** Wraps the ports so that each call counts as progress, and is measured. Must not change what the calls do. */
import type { Progress } from "./progress.ts";
import type { RoundMeter } from "./round-meter.ts";
import type { SyncPorts } from "./sync.ts";

/** For each method: how long a call with these arguments may take, milliseconds. */
type Limits<Port> = {
  readonly [Method in keyof Port]?: Port[Method] extends (...args: infer Args) => unknown
    ? (...args: Args) => number
    : never;
};

/**
 * Gives a call the time that its arguments allow; all other calls are short compared with `patienceMs`.
 * @param meter measures the calls; null where nobody reads the figures
 */
export function watchPorts(
  ports: SyncPorts,
  progress: Progress,
  meter: Pick<RoundMeter, "during"> | null = null,
): SyncPorts {
  const note: Note = (what, limitMs, work) =>
    progress.during(what, limitMs, meter === null ? work : meter.during(what, work));
  const watch = <Port extends object>(name: string, port: Port, limits: Limits<Port> = {}) =>
    watchCalls({ name, port, limits, note });
  return {
    ...ports,
    source: watch("source", ports.source),
    secrets: watch("secrets", ports.secrets),
    credentials: watch("credentials", ports.credentials),
    files: watch("files", ports.files),
    state: watch("state", ports.state),
    history: watch("history", ports.history),
    logs: watch("logs", ports.logs),
    clock: watch("clock", ports.clock, { sleep: (ms) => ms }),
    checks: watch("checks", ports.checks, { runCheck: (_argv, timeoutMs) => timeoutMs }),
    manager: watch("manager", ports.manager, {
      runJobs: (_jobs, timeoutMs) => timeoutMs,
      runCommand: ({ timeoutMs }) => timeoutMs,
    }),
    validate: (desired, inventory, signal) => note("validate", 0, ports.validate(desired, inventory, signal)),
  };
}

type Note = <Result>(what: string, limitMs: number, work: Promise<Result>) => Promise<Result>;

interface Watched<Port> {
  readonly name: string;
  readonly port: Port;
  readonly limits: Limits<Port>;
  readonly note: Note;
}

function watchCalls<Port extends object>({ name, port, limits, note }: Watched<Port>): Port {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      const limit: unknown = Reflect.get(limits, key);
      return (...args: readonly unknown[]) => {
        const result: unknown = Reflect.apply(value, target, args);
        if (!(result instanceof Promise)) return result;
        const limitMs = typeof limit === "function" ? Number(Reflect.apply(limit, undefined, args)) : 0;
        return note(`${name}.${String(key)}`, limitMs, result);
      };
    },
  });
}
