/**
 * Reads what `systemd-analyze verify` prints, line by line: what it is about, and how bad it is. Pure. The texts were
 * collected from systemd 252 and 257; test/unit/systemd/verify-messages.test.ts holds them. The exit code is not
 * used: it is not 0 for nearly every real set of units, because of programs and units that are not installed yet.
 */
import type { Diagnostic } from "../../core/model/errors.ts";
import type { Assignment } from "../../core/units/unit-file.ts";
import { isUnitName } from "../../core/units/unit-name.ts";

export type VerifyMessage =
  /** `/path/x.service:3: text` */
  | { readonly kind: "line"; readonly path: string; readonly line: number; readonly text: string }
  /** `x.service: text` */
  | { readonly kind: "unit"; readonly unit: string; readonly text: string }
  /** `Unit x.service has a bad unit file setting.`: systemd does not load the unit. */
  | { readonly kind: "verdict"; readonly unit: string; readonly text: string }
  | { readonly kind: "other"; readonly text: string };

/**
 * In the order printed. Repeats in a row are dropped: systemd repeats a complaint about a type's drop-in for each
 * unit.
 */
export function readVerifyOutput(output: string): readonly VerifyMessage[] {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.filter((line, index) => line !== lines[index - 1]).map(readLine);
}

function readLine(text: string): VerifyMessage {
  const inFile = /^(\/.+?):(\d+): (.*)$/.exec(text);
  if (inFile?.[1] !== undefined) {
    return { kind: "line", path: inFile[1], line: Number(inFile[2]), text: inFile[3] ?? "" };
  }
  const verdict = /^Unit (\S+) (has a bad unit file setting|failed to load properly.*)$/.exec(
    text.replace(/\.$/, ""),
  );
  if (verdict?.[1] !== undefined) return { kind: "verdict", unit: verdict[1], text: verdict[2] ?? "" };
  const ofUnit = /^(\S+): (.*)$/.exec(text);
  if (ofUnit?.[1] !== undefined && isUnitName(ofUnit[1])) {
    return { kind: "unit", unit: ofUnit[1], text: ofUnit[2] ?? "" };
  }
  return { kind: "other", text };
}

export interface Judgement {
  readonly severity: Diagnostic["severity"];
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** For an unknown key or section: the word, and the section that it stands in. */
  readonly unknown?: { readonly word: string; readonly section: string | null };
  /** For a missing executable: the program as the unit names it. */
  readonly command?: string;
  /** For a missing dependency: the unit that does not exist. */
  readonly dependency?: string;
}

interface Rule {
  readonly pattern: RegExp;
  judge(groups: readonly string[], text: string): Judgement;
}

/** Messages about the line itself, not about the assignment that begins at or above it. */
const ofPhysicalLine =
  /^(?:Unknown section|Invalid section header|Missing |Assignment outside of section|String is not UTF-8)/;

const lineRules: readonly Rule[] = [
  {
    pattern: /^Unknown key '(.*)' in section \[(.*)\], ignoring\.$/,
    judge: ([word = "", section = ""]) => ({
      severity: "warning",
      code: "unknown-key",
      message: `unknown key ${word}= in [${section}]: systemd ignores it`,
      unknown: { word, section },
    }),
  },
  {
    pattern: /^Unknown section '(.*)'\. Ignoring\.$/,
    judge: ([word = ""]) => ({
      severity: "warning",
      code: "unknown-section",
      message: `unknown section [${word}]: systemd ignores all of it`,
      unknown: { word, section: null },
    }),
  },
  {
    pattern:
      /^(?:Missing '=', ignoring line|Missing key name before '=', ignoring line|Assignment outside of section)/,
    judge: (_, text) => ({
      severity: "warning",
      code: "ignored-line",
      message: text.startsWith("Assignment")
        ? "systemd ignores this line: it belongs to no section"
        : "systemd ignores this line: it is not KEY=VALUE",
    }),
  },
  {
    // systemd stops reading the file here: a unit does not load, and the rest of a drop-in is ignored.
    pattern: /^(?:Invalid section header|String is not UTF-8 clean)/,
    judge: (_, text) => ({ severity: "error", code: "unit-not-loadable", message: lower(text) }),
  },
  {
    pattern:
      /^(?!.*ignoring)(?:Neither a valid executable name|Executable path specifies a directory|Invalid user\/group name|Failed to resolve unit specifiers|\w+= path is not )/,
    judge: (_, text) => ({ severity: "error", code: "unit-not-loadable", message: lower(text) }),
  },
  {
    pattern: /ignoring|Ignoring/,
    judge: (_, text) => ({ severity: "warning", code: "ignored-value", message: lower(text) }),
  },
];

/**
 * @param findAssignment the assignment that a line belongs to; systemd reports a continued one with its last line
 * @returns the judgement, and the line of the mistake: for an assignment, the line where it begins
 */
export function judgeLine(
  { text, line }: { readonly text: string; readonly line: number },
  findAssignment: (line: number) => Assignment | null,
): Judgement & { readonly line: number } {
  if (ofPhysicalLine.test(text)) return { ...judge(text, lineRules), line };
  const assignment = findAssignment(line);
  const ofValue = assignment === null ? null : judgeValue(text, assignment);
  return { ...(ofValue ?? judge(text, lineRules)), line: assignment?.line ?? line };
}

/**
 * Judges mistakes that are errors for some keys and harmless for others. The key comes from the file, because only
 * systemd 257 names it in the message; 252 does not even name its kind.
 */
function judgeValue(text: string, { key, value }: Assignment): Judgement | null {
  if (key === "OnCalendar" && text.startsWith("Failed to parse calendar")) {
    return {
      severity: "error",
      code: "invalid-calendar",
      message: `OnCalendar=${shorten(value)} is no calendar expression: systemd ignores it, so the timer does not elapse`,
      hint: "`systemd-analyze calendar EXPRESSION` explains one; systemd.time(7) has examples",
    };
  }
  if (/(?:Sec|Interval)$/.test(key) && value !== "" && text.startsWith("Failed to parse")) {
    return {
      severity: "error",
      code: "invalid-duration",
      message: `${key}=${shorten(value)} is no time span: systemd ignores it and takes its default`,
      hint: "write 90, 5s, 1min 30s or infinity; `systemd-analyze timespan SPAN` explains one",
    };
  }
  if (text.startsWith("Failed to parse") && value !== "") {
    return {
      severity: "warning",
      code: "ignored-value",
      message: `${key}=${shorten(value)} cannot be parsed: systemd ignores it`,
    };
  }
  // With the prefix "-" a failure of the command is ignored, so it is no error when the command cannot be read.
  if (/^Exec/.test(key) && text.startsWith("Unbalanced quoting") && !/^[@:+!|]*-/.test(value)) {
    return {
      severity: "error",
      code: "unit-not-loadable",
      message: `unbalanced quotes in ${key}=${shorten(value)}`,
    };
  }
  return null;
}

/** Messages without a line. Those of severity `error` make the unit unusable on every host. */
const unitRules: readonly Rule[] = [
  {
    pattern: /^(?:.*\. Refusing\.|Unit configuration has fatal error, unit will not be started\.)$/,
    judge: (_, text) => ({
      severity: "error",
      code: "unit-not-loadable",
      message: lower(text.replace(/ Refusing\.$/, "")),
    }),
  },
  {
    pattern: /^Command (.+) is not executable: (.*)$/,
    judge: ([command = "", reason = ""]) => ({
      severity: "warning",
      code: "missing-executable",
      message: `${command} cannot be executed on this host: ${lower(reason)}`,
      hint: "nothing in this revision brings it; install it, or the unit fails when it starts",
      command,
    }),
  },
  {
    pattern: /^Failed to create \S+\/start: Unit (\S+) (?:not found|is masked)\.$/,
    judge: ([unit = ""], text) => ({
      severity: "warning",
      code: "missing-dependency",
      message: `requires ${unit}, which is ${text.endsWith("masked.") ? "masked" : "neither in this revision nor on this host"}`,
      dependency: unit,
    }),
  },
];

export function judgeUnit(text: string): Judgement {
  return judge(text, unitRules);
}

/** Messages that only introduce another message, or that the agent's own checks report better. */
export function isChatter(message: VerifyMessage): boolean {
  if (message.kind === "unit") {
    return /^(?:service \S+ not loaded, socket cannot be started\.|Found ordering cycle on|Found dependency on|Job \S+ deleted to break ordering cycle|Unable to break cycle|Failed to create \S+: Transaction order is cyclic)/.test(
      message.text,
    );
  }
  return (
    message.kind === "other" &&
    /^(?:Requested transaction contains|Unit \S+ is masked\.|Unit \S+ not found\.)/.test(message.text)
  );
}

/** The unit that a line about an ordering cycle names; null for any other line. */
export function findCycleMember(message: VerifyMessage): string | null {
  if (message.kind !== "unit") return null;
  return /^Found (?:ordering cycle|dependency) on (\S+)\/\w+/.exec(message.text)?.[1] ?? null;
}

const longestMessage = 300;

function judge(text: string, rules: readonly Rule[]): Judgement {
  const short = shorten(text);
  for (const { pattern, judge: apply } of rules) {
    const match = pattern.exec(short);
    if (match !== null) return apply(match.slice(1), short);
  }
  return { severity: "warning", code: "systemd-warning", message: short };
}

function shorten(text: string): string {
  return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
}

/** Messages of this program begin in lower case; a name such as ConditionPathExists= stays as it is. */
function lower(text: string): string {
  const isWord = /^[A-Z][a-z']* /.test(text) && !/^[A-Z]\w*=/.test(text);
  return (isWord ? text.charAt(0).toLowerCase() + text.slice(1) : text).replace(/\.$/, "");
}
