/** Our idea of days and times beside systemd's: where a window opens, a timer with the same days and time elapses. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findOpening, parseWindow } from "../../../src/core/gate/windows.ts";
import { Random } from "../../support/differential/random.ts";
import { chooseSeed } from "../../support/values/seed.ts";

const expressions = 200;
const seed = chooseSeed("WINDOWS_SEED", 20_261_201);
const random = new Random(seed);
const days = ["Mon", "tuesday", "Wed", "Thu", "FRI", "Sat", "Sun"];
/** Summer time ends and begins in this zone. */
const zone = "Europe/Berlin";
const before = process.env["TZ"];

beforeAll(() => {
  process.env["TZ"] = zone;
});

afterAll(() => {
  if (before === undefined) delete process.env["TZ"];
  else process.env["TZ"] = before;
});

function pick(): string {
  return days[random.below(days.length)] ?? "";
}

function makeDays(): string {
  const parts = Array.from({ length: 1 + random.below(2) }, () =>
    random.chance(0.5) ? pick() : makeRange(),
  );
  return random.chance(0.2) ? "" : `${parts.join(",")} `;
}

/** systemd.time(7) has no range that goes over Sunday. */
function makeRange(): string {
  const first = random.below(days.length - 1);
  const last = first + 1 + random.below(days.length - first - 1);
  return `${days[first]}..${days[last]}`;
}

/** Not at the hour that summer time skips or repeats, where only systemd says what a time means. */
function makeTime(): string {
  const hour = [0, 1, 4, 9, 12, 18, 22, 23][random.below(8)] ?? 0;
  return `${String(hour).padStart(2, "0")}:${String(random.below(60)).padStart(2, "0")}`;
}

/** When systemd says that the expression elapses next after a time, milliseconds since the epoch. */
function askSystemd(expression: string, nowMs: number): number {
  const base = `${new Date(nowMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const argv = ["calendar", `--base-time=${base}`, expression];
  const output = execFileSync("systemd-analyze", argv, {
    encoding: "utf8",
    env: { ...process.env, TZ: zone },
  });
  const [, utc] = /\(in UTC\): \w+ (\S+ \S+) UTC/.exec(output) ?? [];
  if (utc === undefined) throw new Error(`systemd-analyze printed no time: ${output}`);
  return Date.parse(`${utc.replace(" ", "T")}Z`);
}

it(`opens ${expressions} windows when systemd says, WINDOWS_SEED=${seed}`, () => {
  for (let count = 0; count < expressions; count += 1) {
    const expression = `${makeDays()}${makeTime()}`;
    const window = parseWindow(`${expression}..24:00`);
    if (window === null) throw new Error(`${expression} is no window`);
    const minutes = random.below(365 * 24 * 60);
    const nowMs = Date.parse("2026-01-01T00:00:00Z") + minutes * 60_000 + 30_000;
    const opening = findOpening([window], nowMs);
    // What is open already opens again at a later time than the one that systemd names.
    const fromMs =
      opening !== null && opening.fromMs <= nowMs
        ? findOpening([window], opening.toMs)?.fromMs
        : opening?.fromMs;
    expect(fromMs, `${expression} after ${new Date(nowMs).toISOString()}`).toBe(
      askSystemd(expression, nowMs),
    );
  }
});
