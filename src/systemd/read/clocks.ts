/** Reads the clocks that systemd's timestamps count on. Must not interpret timestamps. */

export interface ClockReading {
  /** CLOCK_REALTIME, microseconds since the epoch. */
  readonly realtimeUs: number;
  /** CLOCK_MONOTONIC, microseconds: what systemd's properties that end in `Monotonic` count on. */
  readonly monotonicUs: number;
}

export function readClocks(): ClockReading {
  // libuv takes hrtime from CLOCK_MONOTONIC, which is the same clock for every process.
  return { realtimeUs: Date.now() * 1000, monotonicUs: Number(process.hrtime.bigint() / 1000n) };
}
