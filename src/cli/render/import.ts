/** What `import` says, as text. */

import type { AddedRule, LeftOut } from "../../core/import/imported.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import type { PreparedImport } from "../compose-import.ts";
import { countOf } from "./quantities.ts";
import { createPainter, type Painter } from "./style.ts";
import { type Row, renderTable } from "./table.ts";

export interface ImportScreen {
  readonly colour: boolean;
  readonly width: number;
  /** Top of the checkout, as it was named. */
  readonly directory: string;
  readonly dryRun: boolean;
  /** Whether all units were asked for: then what packages own is only counted. */
  readonly all: boolean;
}

/** What, and a word about it. */
type Rows = readonly (readonly [string, string])[];

export function renderImport(prepared: PreparedImport, screen: ImportScreen): string {
  const paint = createPainter(screen.colour);
  const { written, imported, addedRules, keptRules, host } = prepared;
  const verb = screen.dryRun ? "would write" : "wrote";
  const done = imported.entries.length - written.length;
  const already =
    done > 0 ? `; ${countOf(done, "file")} of ${host} ${done === 1 ? "is" : "are"} there already` : "";
  const list = (title: string, rows: Rows) => renderList(title, rows, paint, screen.width);
  const sections = [
    [`${verb} ${countOf(written.length, "file")} for ${host} into ${screen.directory}${already}`],
    list(
      "",
      written.map(({ path, source }) => [path, source]),
    ),
    list(
      `${verb} to gitops.yaml`,
      addedRules.map((rule) => [describeRule(rule), explainRule(rule)]),
    ),
    list(
      "gitops.yaml says something else, and was left as it is",
      keptRules.map((rule) => [describeRule(rule), "is so on this host"]),
    ),
    list(
      "secrets in plain text",
      imported.secrets.map(({ path, line, what }) => [`${path}:${line}`, what]),
    ),
    ...listLeftOut(prepared, screen, list),
    listNext(prepared, screen),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function listLeftOut(
  { imported }: PreparedImport,
  { all }: ImportScreen,
  list: (title: string, rows: Rows) => readonly string[],
): readonly (readonly string[])[] {
  const isCounted = ({ isPackaged }: LeftOut) => all && isPackaged === true;
  const listed = imported.leftOut.filter((one) => !isCounted(one));
  const counted = imported.leftOut.length - listed.length;
  return [
    list(
      "left out",
      listed.map(({ path, reason }) => [path, reason]),
    ),
    counted === 0
      ? []
      : [`left out as well: ${countOf(counted, "file")} of packages or links to their units`],
  ];
}

function renderList(title: string, rows: Rows, paint: Painter, width: number): readonly string[] {
  if (rows.length === 0) return [];
  const cells = rows.map(
    ([first, second]): Row => [
      { text: `  ${escapeUnprintable(first)}` },
      { text: escapeUnprintable(second), style: "dim" },
    ],
  );
  const heading = title === "" ? [] : [paint("bold", title)];
  return [...heading, ...renderTable(cells, paint, width)];
}

function describeRule({ keys, value }: AddedRule): string {
  const [section, name, key] = keys;
  return `${section}: ${name}: ${key}: ${Array.isArray(value) ? `[${value.join(", ")}]` : String(value)}`;
}

function explainRule({ keys: [section, , key] }: AddedRule): string {
  if (section === "files") return "as the file is on this host";
  return key === "enabled" ? "it has [Install], and is not enabled on this host" : "enabled on this host";
}

function listNext(
  { written, addedRules, imported }: PreparedImport,
  screen: ImportScreen,
): readonly string[] {
  const hints = imported.secrets.some(({ path }) => imported.leftOut.some((left) => left.path === path))
    ? [
        "Move each secret into secrets/ (gitops-agent secret set UNIT/NAME) and take it out of the file, then import again.",
        "--keep-secrets takes the files as they are: then everybody who reads the repository has the secrets.",
      ]
    : [];
  if (screen.dryRun || written.length + addedRules.length === 0) return hints;
  return [
    ...hints,
    `Next: gitops-agent check ${screen.directory}, then commit and push. "gitops-agent plan" on this host then says that all of it is adopted, and that no unit is interrupted.`,
  ];
}
