/** Wraps the ports so that each call counts as progress. Must not change what the calls do. */
import type { Progress } from "./progress.ts";
import type { SyncPorts } from "./sync.ts";

/** For each method: how long a call with these arguments may take, milliseconds. */
type Limits<Port> = {
  readonly [Method in keyof Port]?: Port[Method] extends (...args: infer Args) => unknown
    ? (...args: Args) => number
    : never;
};

/** Gives a call the time that its arguments allow; all other calls are short compared with `patienceMs`. */
export function watchPorts(ports: SyncPorts, progress: Progress): SyncPorts {
  const watch = <Port extends object>(name: string, port: Port, limits: Limits<Port> = {}) =>
    watchCalls({ name, port, limits, progress });
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
    validate: (desired, inventory, signal) =>
      progress.during("validate", 0, ports.validate(desired, inventory, signal)),
  };
}

interface Watched<Port> {
  readonly name: string;
  readonly port: Port;
  readonly limits: Limits<Port>;
  readonly progress: Progress;
}

function watchCalls<Port extends object>({ name, port, limits, progress }: Watched<Port>): Port {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      const limit: unknown = Reflect.get(limits, key);
      return (...args: readonly unknown[]) => {
        const result: unknown = Reflect.apply(value, target, args);
        if (!(result instanceof Promise)) return result;
        const limitMs = typeof limit === "function" ? Number(Reflect.apply(limit, undefined, args)) : 0;
        return progress.during(`${name}.${String(key)}`, limitMs, result);
      };
    },
  });
}
