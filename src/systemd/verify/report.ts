/**
 * Makes diagnostics about the repository of systemd's messages about the stage: with repository path and line, one
 * finding per mistake. Pure. Messages about other units of the host are dropped.
 */

import type { DesiredUnit } from "../../core/model/desired.ts";
import type { Diagnostic, Place } from "../../core/model/errors.ts";
import { parseInstance } from "../../core/units/unit-name.ts";
import { type KnownKeys, suggestWord } from "./keys.ts";
import {
  findCycleMember,
  isChatter,
  type Judgement,
  judgeLine,
  judgeUnit,
  type VerifyMessage,
} from "./messages.ts";
import type { StagedText } from "./places.ts";

export interface ReportContext {
  readonly text: StagedText;
  readonly units: ReadonlyMap<string, DesiredUnit>;
  /** Absolute paths on the host of the files that the same revision brings. */
  readonly managedPaths: ReadonlySet<string>;
  readonly knownKeys: KnownKeys;
}

interface Finding {
  diagnostic: Diagnostic;
  /** Path in the stage. */
  readonly staged: string | null;
}

const defaultSearchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const maxSuggestions = 500;
/** The place of a finding that belongs to no single file of the repository. */
const anywhere: Place = { file: "units" };

export function reportMessages(
  messages: readonly VerifyMessage[],
  context: ReportContext,
): readonly Diagnostic[] {
  const reporter = new Reporter(context);
  for (const message of messages) reporter.add(message);
  return reporter.finish();
}

class Reporter {
  private readonly context: ReportContext;
  private readonly findings: Finding[] = [];
  /**
   * Findings in files since the last message about a unit. They are the reasons for systemd's next message about a
   * unit.
   */
  private recent: Finding[] = [];
  private readonly explained = new Set<string>();
  private cycle: string[] = [];
  private suggestions = 0;

  constructor(context: ReportContext) {
    this.context = context;
  }

  add(message: VerifyMessage): void {
    if (message.kind === "line") {
      this.addLine(message);
      return;
    }
    const member = findCycleMember(message);
    if (member !== null) this.cycle.push(member);
    else {
      this.addCycle();
      if (message.kind === "other") this.addOther(message);
      else if (!isChatter(message)) this.addUnit(message);
    }
    this.recent = [];
  }

  finish(): readonly Diagnostic[] {
    this.addCycle();
    return this.findings.map(({ diagnostic }) => diagnostic);
  }

  private addLine({ path, line, text }: Extract<VerifyMessage, { kind: "line" }>): void {
    const file = this.context.text.findFile(path);
    if (file === null) return;
    const judgement = judgeLine({ text, line }, (at) => this.context.text.findAssignment(path, at));
    const place = this.context.text.locateLine(path, judgement.line);
    const suggestion = this.suggest(judgement, file.unit);
    const hint = suggestion ?? judgement.hint;
    this.recent.push(this.push({ ...judgement, ...(hint === undefined ? {} : { hint }) }, place, path));
  }

  /**
   * Gives a hint for a limited number of words only: each is compared with hundreds, and nobody reads that many
   * findings.
   */
  private suggest({ unknown }: Judgement, unit: string | null): string | null {
    if (unknown === undefined || this.suggestions >= maxSuggestions) return null;
    this.suggestions += 1;
    return suggestWord(unknown, unit, this.context.knownKeys);
  }

  private addUnit(message: Extract<VerifyMessage, { kind: "unit" | "verdict" }>): void {
    const unit = this.findUnit(message.unit);
    if (unit === null) return;
    if (message.kind === "verdict") {
      if (!this.explained.has(unit) && !this.explain(unit)) {
        this.push(
          { severity: "error", code: "unit-not-loadable", message: message.text },
          this.placeOf(unit),
        );
      }
      this.explained.add(unit);
      return;
    }
    const judgement = judgeUnit(message.text);
    if (judgement.code === "unit-not-loadable") {
      const isCause = this.recent.some((finding) => isErrorOf(finding) && this.isPartOf(finding, unit));
      this.explained.add(unit);
      if (isCause || (message.text.startsWith("Unit configuration has fatal error") && this.explain(unit)))
        return;
      this.push(judgement, this.context.text.locateKeys(unit, listKeys(message.text)) ?? this.placeOf(unit));
    } else if (this.context.units.get(unit)?.owned !== false)
      this.addHostState(unit, message.unit, judgement);
  }

  /**
   * Makes the last finding about the unit's own files an error: systemd's last message before it gave the unit up is
   * the reason. False when there is no such finding.
   */
  private explain(unit: string): boolean {
    const last = this.recent.at(-1);
    if (last === undefined || !this.isPartOf(last, unit)) return false;
    last.diagnostic = { ...last.diagnostic, severity: "error", code: "unit-not-loadable" };
    return true;
  }

  /**
   * @param as the name that systemd used; for a template without instances, the instance that was made up for the
   *   check
   */
  private addHostState(unit: string, as: string, judgement: Judgement): void {
    const { text, units } = this.context;
    const { command, dependency } = judgement;
    if (command !== undefined && this.isBrought(command)) return;
    const place =
      command !== undefined
        ? text.locateCommand(unit, command)
        : dependency !== undefined
          ? text.locateRequirement(unit, dependency)
          : null;
    if (place === null) {
      // Only the made-up instance needs it, and that instance does not exist on the host.
      if (!units.has(as)) return;
      // Another unit of the revision requires it directly, and systemd prints the same message about that unit.
      if (dependency !== undefined && text.isRequiredAnywhere(dependency)) return;
    }
    this.push(judgement, place ?? this.placeOf(unit));
  }

  /**
   * Whether the revision itself brings the program. The agent's own checks judge it then; what the host has now is
   * replaced.
   */
  private isBrought(command: string): boolean {
    const { managedPaths } = this.context;
    if (command.startsWith("/")) return managedPaths.has(command);
    return defaultSearchPath.some((directory) => managedPaths.has(`${directory}/${command}`));
  }

  private addCycle(): void {
    if (this.cycle.length === 0) return;
    const members = [...new Set(this.cycle.map((name) => this.findUnit(name) ?? name))].sort();
    this.cycle = [];
    const first = members.find((name) => this.context.units.has(name));
    if (first === undefined) return;
    const order = [...members, members[0]].join(" → ");
    this.push(
      {
        severity: "warning",
        code: "ordering-cycle",
        message: `After= and Before= form a circle: ${order}`,
        hint: "systemd drops one of the start jobs, or refuses to start them: remove one of the orderings",
      },
      this.context.text.locateKeys(first, ["After", "Before"]) ?? this.placeOf(first),
    );
  }

  private addOther(message: Extract<VerifyMessage, { kind: "other" }>): void {
    if (isChatter(message)) return;
    const account = /^Accepting user\/group name '(.*)', which does not match/.exec(message.text)?.[1];
    const place = account === undefined ? null : this.context.text.locateValue(account);
    this.push(judgeUnit(message.text), place ?? anywhere);
  }

  private push(
    { severity, code, message, hint }: Judgement,
    place: Place,
    staged: string | null = null,
  ): Finding {
    const diagnostic = { severity, code, ...place, message, ...(hint === undefined ? {} : { hint }) };
    const finding: Finding = { diagnostic, staged };
    this.findings.push(finding);
    return finding;
  }

  /** The unit of the revision that systemd means: the named unit, or the template of a made-up instance. */
  private findUnit(name: string): string | null {
    const template = parseInstance(name)?.template;
    if (this.context.units.has(name)) return name;
    return template !== undefined && this.context.units.has(template) ? template : null;
  }

  private isPartOf({ staged }: Finding, unit: string): boolean {
    return staged !== null && this.context.text.isPartOf(staged, unit);
  }

  private placeOf(unit: string): Place {
    const file = this.context.units.get(unit)?.origins[0];
    return file === undefined ? anywhere : { file };
  }
}

function isErrorOf({ diagnostic }: Finding): boolean {
  return diagnostic.severity === "error";
}

/** `Where= setting doesn't match unit name.` is about the key Where. */
function listKeys(text: string): readonly string[] {
  return [...text.matchAll(/\b([A-Z]\w*)=/g)].flatMap((match) => match[1] ?? []);
}
