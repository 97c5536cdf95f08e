/**
 * Repeats a call while systemd or the bus is restarting: after `systemctl daemon-reexec`, and after a restart of
 * dbus-daemon, systemd is missing on the bus for a moment. Must not repeat a call that was refused.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Bus, CallOptions } from "./bus.ts";
import { BusError } from "./bus-error.ts";
import type { MethodCall } from "./connection.ts";

const patienceMs = 15_000;
const pauseMs = 50;

/**
 * For calls that have no effect, or the same effect when done twice. They are sent again even when only the answer
 * was lost.
 * @throws BusError
 */
export function callRepeatably(
  bus: Bus,
  call: MethodCall,
  options: CallOptions = {},
): Promise<readonly unknown[]> {
  return callWhile(bus, call, options, ({ failure }) => failure === "absent" || failure === "lost");
}

/**
 * For calls that must reach systemd at most once: they are sent again only when systemd cannot have received them.
 * @throws BusError
 */
export function callAtMostOnce(
  bus: Bus,
  call: MethodCall,
  options: CallOptions,
): Promise<readonly unknown[]> {
  return callWhile(bus, call, options, ({ failure }) => failure === "absent");
}

async function callWhile(
  bus: Bus,
  call: MethodCall,
  options: CallOptions,
  isWorthRepeating: (error: BusError) => boolean,
): Promise<readonly unknown[]> {
  const startMs = performance.now();
  for (;;) {
    try {
      return await bus.call(call, options);
    } catch (error) {
      const isOver = performance.now() - startMs >= patienceMs;
      if (isOver || !(error instanceof BusError) || !isWorthRepeating(error)) throw error;
    }
    await delay(pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
