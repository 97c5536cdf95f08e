/** What the `secret` commands say, as text. Must not be given a plaintext. */
import { formatDiagnostics } from "../../core/check/diagnostic-text.ts";
import type { Diagnostic } from "../../core/model/errors.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import type { SecretReport, SecretTarget } from "../compose-secrets.ts";
import { createPainter } from "./style.ts";
import { type Cell, type Row, renderTable } from "./table.ts";

interface Screen {
  readonly colour: boolean;
  readonly width: number;
}

export function renderWrittenSecret(verb: "wrote" | "rekeyed", { path, readers }: SecretTarget): string {
  return `${verb} ${escapeUnprintable(path)} for ${escapeUnprintable(readers.join(", "))}\n`;
}

const heading: Row = ["SECRET", "LAYER", "HOSTS", "CAN DECRYPT"].map(
  (text): Cell => ({ text, style: "bold" }),
);

/** One line a secret; the marks are explained below when they occur. */
export function renderSecretList(secrets: readonly SecretReport[], { colour, width }: Screen): string {
  if (secrets.length === 0) return "no secrets\n";
  const paint = createPainter(colour);
  const rows = secrets.map((secret): Row => {
    const { unit, name, layer, hosts } = secret;
    return [
      { text: escapeUnprintable(`${unit}/${name}`) },
      { text: layer, style: "dim" },
      { text: hosts.length === 0 ? "none" : hosts.join(" ") },
      describeReaders(secret),
    ];
  });
  const lines = renderTable([heading, ...rows], paint, width);
  const hasHidden = secrets.some(({ readers }) => readers.some(({ access }) => access === "likely"));
  const legend = hasHidden
    ? [
        "",
        "~ as far as the file tells: age keys, unlike ssh keys, cannot be told apart without the private key",
      ]
    : [];
  return `${[...lines, ...legend].join("\n")}\n`;
}

const marks = { yes: "", likely: "~", unclear: "? ", no: "not ", unknown: "? " } as const;

function describeReaders({ readers, otherKeys }: SecretReport): Cell {
  const known = readers.map((reader) => `${marks[reader.access]}${reader.label}`);
  const others = otherKeys === 0 ? [] : [`${otherKeys} ${otherKeys === 1 ? "key" : "keys"} of nobody known`];
  const isDoubtful = otherKeys > 0 || readers.some(({ access }) => access !== "yes" && access !== "likely");
  const text = escapeUnprintable([...known, ...others].join(", "));
  return isDoubtful ? { text, style: "yellow" } : { text };
}

export function renderSecretCheck(
  count: number,
  diagnostics: readonly Diagnostic[],
  { colour }: { readonly colour: boolean },
): string {
  const paint = createPainter(colour);
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const verdict =
    errors === 0
      ? paint("green", "✔ no errors")
      : paint("red", `✖ ${errors} ${errors === 1 ? "error" : "errors"}`);
  const summary = `${count} ${count === 1 ? "secret" : "secrets"}: ${verdict}${warnings === 0 ? "" : `, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`}`;
  const report = diagnostics.length === 0 ? [] : [formatDiagnostics(diagnostics)];
  return `${[...report, summary].join("\n")}\n`;
}
