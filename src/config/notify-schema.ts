/** The schema of `notify:` in agent.yaml: who is told of what. The ways to tell it are in notify-ways-schema.ts. */
import * as z from "zod";
import { alertClasses } from "../core/model/alert.ts";
import { agentDefaults } from "./agent-defaults.ts";
import { checkDirectoryName, checkUnitPattern } from "./names.ts";
import { notifyWays } from "./notify-ways-schema.ts";
import {
  duration,
  type FieldProblem,
  isRecord,
  listOf,
  section,
  text,
  withListRules,
  withRules,
} from "./schema-parts.ts";

const minRepeatMs = 60_000;
const maxRepeatMs = 7 * 86_400_000;
const maxEntries = 20;
const maxMessages = 1_000;

const ways = Object.keys(notifyWays);
const waysText = `${ways.slice(0, -1).join(", ")} or ${ways.at(-1)}`;

const entry = withRules(
  section(`a map with ${waysText}`, {
    ...notifyWays,
    alertmanager: notifyWays.alertmanager.optional().meta({ description: "A Prometheus Alertmanager." }),
    webhook: notifyWays.webhook.optional().meta({ description: "A server that takes CloudEvents as JSON." }),
    ntfy: notifyWays.ntfy.optional().meta({ description: "A topic of ntfy." }),
    slack: notifyWays.slack.optional().meta({ description: "Slack, Mattermost or Discord." }),
    matrix: notifyWays.matrix.optional().meta({ description: "A Matrix room." }),
    email: notifyWays.email.optional().meta({ description: "E-mail over SMTP." }),
    command: notifyWays.command.optional().meta({ description: "A program on this host." }),
    name: text("a name", checkDirectoryName).optional().meta({
      description: "Name of the entry in logs and for gitops-agent notify test --to. Default: its kind.",
    }),
    on: listOf("a list of classes", z.enum([...alertClasses, "recovered"]))
      .min(1, "at least one class is needed here")
      .optional()
      .meta({ description: "What is told.", default: [...agentDefaults.notifyOn] }),
    units: listOf("a list of unit names", text("a unit name", checkUnitPattern))
      .min(1, "at least one unit is needed here")
      .optional()
      .meta({ description: "Only alerts about these units, and those about the host. Default: all." }),
    repeat: duration(minRepeatMs, maxRepeatMs).optional().meta({
      description: "How often an alert that lasts is sent again. Default: never; for alertmanager 1min.",
    }),
    "max-per-hour": z
      .int("a number")
      .min(1, "at least 1 is needed here")
      .max(maxMessages, `at most ${maxMessages} is possible here`)
      .optional()
      .meta({
        description:
          "After so many messages within an hour the rest is gathered in one. Not for alertmanager.",
        default: agentDefaults.notifyMaxPerHour,
      }),
  }),
  findWayProblems,
);

export const notifyList = withListRules(
  listOf("a list of entries", entry).max(maxEntries, `at most ${maxEntries} entries are possible here`),
  findSameNames,
);

function findWayProblems(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const [first, ...others] = ways.filter((way) => value[way] !== undefined);
  if (first === undefined) return [{ path: [], message: `this entry sends nothing: it has no ${waysText}` }];
  const problems: FieldProblem[] = others.map((way) => ({
    path: [way],
    message: `${first} and ${way} are in one entry`,
    hint: "write a second entry, which begins with a dash",
  }));
  if (first === "alertmanager" && value["max-per-hour"] !== undefined) {
    const message =
      "max-per-hour is not for alertmanager, which groups by itself and needs every alert again";
    problems.push({ path: ["max-per-hour"], message, hint: "remove it" });
  }
  return problems;
}

function findSameNames(entries: readonly unknown[]): readonly FieldProblem[] {
  const names = entries.map((value) => (isRecord(value) ? nameOf(value) : undefined));
  return names.flatMap((name, index) => {
    if (name === undefined || names.indexOf(name) === index) return [];
    return [
      { path: [String(index)], message: `another entry is called ${name}`, hint: "add name: to one of them" },
    ];
  });
}

function nameOf(value: Readonly<Record<string, unknown>>): string | undefined {
  return typeof value["name"] === "string" ? value["name"] : ways.find((way) => value[way] !== undefined);
}
