/**
 * Windows in which a host may be changed, such as `Mon..Fri 02:00..05:00`. Days and times are written as in systemd.time(7),
 * and mean the local time of this process. Pure.
 */

export interface Window {
  /** As it was written. */
  readonly text: string;
  /** 0 is Sunday, as Date counts. The days on which the window opens. */
  readonly days: ReadonlySet<number>;
  readonly from: ClockTime;
  /** Not after `from`: on the next day. */
  readonly to: ClockTime;
}

interface ClockTime {
  readonly hour: number;
  readonly minute: number;
}

export interface Opening {
  /** Milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
}

const dayNames = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const shortLength = 3;
const daysInWeek = 7;
const pattern = /^(?:(\S+)\s+)?(\d{1,2}):(\d{2})\.\.(\d{1,2}):(\d{2})$/;

/** Parses a window; null when the text is not one. Without days it opens every day. */
export function parseWindow(text: string): Window | null {
  const [, dayText, ...numbers] = pattern.exec(text.trim()) ?? [];
  const [fromHour, fromMinute, toHour, toMinute] = numbers.map(Number);
  const from = makeTime(fromHour, fromMinute);
  const to = toHour === 24 && toMinute === 0 ? { hour: 24, minute: 0 } : makeTime(toHour, toMinute);
  const days = dayText === undefined ? everyDay() : parseDays(dayText);
  if (from === null || to === null || days === null) return null;
  return { text: text.trim(), days, from, to };
}

function makeTime(hour: number | undefined, minute: number | undefined): ClockTime | null {
  if (hour === undefined || minute === undefined || hour > 23 || minute > 59) return null;
  return { hour, minute };
}

function everyDay(): ReadonlySet<number> {
  return new Set(dayNames.keys());
}

/** `Mon..Fri,Sun`: systemd.time(7) has short and full names in any case, lists and ranges, which may go over Sunday. */
function parseDays(text: string): ReadonlySet<number> | null {
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const [first, last = first, ...rest] = part.split("..").map(findDay);
    if (first === undefined || first < 0 || last === undefined || last < 0 || rest.length > 0) return null;
    for (let day = first; ; day = (day + 1) % daysInWeek) {
      days.add(day);
      if (day === last) break;
    }
  }
  return days;
}

/** -1 for a word that is no day. */
function findDay(word: string): number {
  const name = word.toLowerCase();
  return dayNames.findIndex((full) => name === full || name === full.slice(0, shortLength));
}

/**
 * Finds the opening that goes on at `nowMs`, or the next one; null when there are no windows.
 * @param nowMs milliseconds since the epoch
 */
export function findOpening(windows: readonly Window[], nowMs: number): Opening | null {
  const openings = windows
    .flatMap((window) => listOpenings(window, new Date(nowMs)))
    .filter(({ fromMs, toMs }) => fromMs < toMs && toMs > nowMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  return openings[0] ?? null;
}

/** From yesterday, whose opening may still go on, to the same day of the next week. */
function listOpenings({ days, from, to }: Window, now: Date): readonly Opening[] {
  const offsets = Array.from({ length: daysInWeek + 2 }, (_, index) => index - 1);
  return offsets.flatMap((offset) => {
    const day = (extraDays: number, { hour, minute }: ClockTime) =>
      new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset + extraDays, hour, minute);
    const begin = day(0, from);
    if (!days.has(day(0, { hour: 12, minute: 0 }).getDay())) return [];
    const isNextDay = to.hour * 60 + to.minute <= from.hour * 60 + from.minute;
    return [{ fromMs: begin.getTime(), toMs: day(isNextDay ? 1 : 0, to).getTime() }];
  });
}
