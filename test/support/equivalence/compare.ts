/**
 * Compares what runs after a sequence with what runs after a reboot, and says what differs. What a reboot may change is decided
 * here, and nowhere else. Pure.
 *
 * Allowed are, each way only:
 * - down before, up after: a unit that the operator stopped, killed, or took down along with one;
 * - up before, down after: a unit that the operator, or a file or connection, started; one that a commit no longer enables or
 *   wants, and that is still defined (docs/restarts.md lets it run); and what these pull in;
 * - slices, which come and go with their members.
 */
import type { Details, Running, RunningUnit } from "./probe.ts";

/** What happened to units by hand, as far as it still shows. */
export interface Touched {
  readonly stopped: ReadonlySet<string>;
  /** Also those that a commit only ceased to start at boot. */
  readonly started: ReadonlySet<string>;
}

export interface Comparison {
  readonly differences: readonly string[];
  /** Up before and down after, as is allowed: the operator may start them again, to see what they would run with. */
  readonly toStart: readonly string[];
}

export function compareRunning(before: Running, after: Running, touched: Touched): Comparison {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const differences: string[] = [];
  const toStart: string[] = [];
  for (const name of names) {
    const [left, right] = [before[name], after[name]];
    if (left?.isUp === true && right?.isUp === true) differences.push(...compareUnit(name, left, right));
    else if (name.endsWith(".slice")) continue;
    else if (left?.isUp === true) {
      if (left.load === "loaded" && touched.started.has(name)) toStart.push(name);
      else
        differences.push(
          `${name} runs (${left.load} ${left.state}), and would not after a boot (${say(right)})`,
        );
    } else if (right?.isUp === true && !touched.stopped.has(name)) {
      differences.push(`${name} does not run (${say(left)}), and would after a boot (${right.state})`);
    }
  }
  return { differences: [...differences, ...compareNamespaces(before, after)], toStart };
}

function say(unit: RunningUnit | undefined): string {
  return unit === undefined ? "not loaded" : `${unit.load} ${unit.state}`;
}

export function compareUnit(name: string, before: RunningUnit, after: RunningUnit): readonly string[] {
  const states = [before, after].map(({ state }) => normalizeState(name, state));
  const moved =
    states[0] === states[1] ? [] : [`${name} is ${states[0]}, and would be ${states[1]} after a boot`];
  return [...moved, ...compareDetails(before.details, after.details).map((what) => `${name}: ${what}`)];
}

/** Whether the unit that it triggers happens to run is that one's matter. */
function normalizeState(name: string, state: string): string {
  return /\.(socket|timer|path)$/.test(name) ? state.replace(/\/.*/, "") : state;
}

function compareDetails(before: Details, after: Details): readonly string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => {
    const [left, right] = [before[key], after[key]];
    // A controller stays on in a control group until the boot.
    if (left === right || (isControl(key) && (left === undefined || right === undefined))) return [];
    return [`${key} differs: ${describeLines(left, right)}`];
  });
}

function isControl(key: string): boolean {
  return /^(cpu|memory|pids|io)\./.test(key);
}

/** Lines that only one of them has. */
function describeLines(left: string | undefined, right: string | undefined): string {
  const split = (text: string | undefined) => (text === undefined ? [] : text.split("\n"));
  const only = (of: string | undefined, other: string | undefined) =>
    split(of).filter((line) => !split(other).includes(line));
  const say = (lines: readonly string[]) => (lines.length === 0 ? "nothing" : lines.slice(0, 4).join(" | "));
  return `now ${say(only(left, right))}; after a boot ${say(only(right, left))}`;
}

/** Which units share a namespace of their own, among those that run both times. */
function compareNamespaces(before: Running, after: Running): readonly string[] {
  const names = Object.keys(before).filter(
    (name) => before[name]?.isUp === true && after[name]?.isUp === true,
  );
  const group = (running: Running, kind: string, name: string) => {
    const own = running[name]?.namespaces[kind];
    if (own === "the host") return own;
    return names.filter((other) => running[other]?.namespaces[kind] === own).join(" ");
  };
  return ["net", "tmp"].flatMap((kind) =>
    names
      .filter((name) => Object.keys(before[name]?.namespaces ?? {}).length > 0)
      .map((name) => [name, group(before, kind, name), group(after, kind, name)] as const)
      .filter(([, left, right]) => left !== right)
      .map(([name, left, right]) => `${name}: its ${kind} is that of ${left}; after a boot of ${right}`),
  );
}

/** @returns `touched` after the operator has acted; what is no longer as they left it is forgotten by `forget` */
export function noteActions(touched: Touched, before: Running, after: Running): Touched {
  const stopped = new Set(touched.stopped);
  const started = new Set(touched.started);
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [wasUp, isUp] = [before[name]?.isUp === true, after[name]?.isUp === true];
    if (wasUp && !isUp) stopped.add(name);
    if (!wasUp && isUp) started.add(name);
  }
  return forget({ stopped, started }, after);
}

export function forget({ stopped, started }: Touched, now: Running): Touched {
  return {
    stopped: new Set([...stopped].filter((name) => now[name]?.isUp !== true)),
    started: new Set([...started].filter((name) => now[name]?.isUp === true)),
  };
}
