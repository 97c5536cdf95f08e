/** What the `secret` commands say, as text. Must not be given a plaintext. */
import type { Diagnostic } from "../../core/model/errors.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import type { SecretReport, SecretTarget } from "../compose-secrets.ts";
import { renderFindings } from "./check.ts";
import { countOf } from "./quantities.ts";
import { createPainter } from "./style.ts";
import { type Cell, headRow, type Row, renderTable } from "./table.ts";

interface Screen {
  readonly colour: boolean;
  readonly width: number;
}

export function renderWrittenSecret(verb: "wrote" | "rekeyed", { path, readers }: SecretTarget): string {
  return `${verb} ${escapeUnprintable(path)} for ${escapeUnprintable(readers.join(", "))}\n`;
}

const heading = headRow(["SECRET", "LAYER", "HOSTS", "CAN DECRYPT"], "bold");

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
  const others = otherKeys === 0 ? [] : [`${countOf(otherKeys, "key")} of nobody known`];
  const isDoubtful = otherKeys > 0 || readers.some(({ access }) => access !== "yes" && access !== "likely");
  const text = escapeUnprintable([...known, ...others].join(", "));
  return isDoubtful ? { text, style: "yellow" } : { text };
}

export function renderSecretCheck(
  count: number,
  diagnostics: readonly Diagnostic[],
  { colour }: { readonly colour: boolean },
): string {
  return renderFindings(diagnostics, [], `${countOf(count, "secret")}: `, createPainter(colour));
}
