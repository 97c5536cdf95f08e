/**
 * A unit file as text that can be edited: settings, headers and lines between. It knows only well-formed files, and shares no code
 * with the reading that it helps to test.
 */

export interface Setting {
  readonly kind: "setting";
  readonly section: string;
  readonly key: string;
  /** Everything after `=`, continuation lines included. */
  readonly value: string;
  /** What stands before the key, and around `=`. */
  readonly indent: string;
  readonly equals: string;
}

export type Item =
  | Setting
  | { readonly kind: "header"; readonly section: string }
  /** A comment or a blank line. */
  | { readonly kind: "other"; readonly text: string };

export interface UnitText {
  readonly items: readonly Item[];
  readonly endOfLine: "\n" | "\r\n";
  readonly hasByteOrderMark: boolean;
  readonly hasFinalNewline: boolean;
}

/** @throws Error for text that is no well-formed unit file: the fixtures are */
export function readUnitText(text: string): UnitText {
  const items: Item[] = [];
  let section = "";
  for (const line of splitLogicalLines(text)) {
    const header = /^\[(.+)\]$/.exec(line)?.[1];
    const [, key, value] = /^([A-Za-z0-9-]+)=(.*)$/s.exec(line) ?? [];
    if (header !== undefined) {
      section = header;
      items.push({ kind: "header", section });
    } else if (line === "" || /^[#;]/.test(line)) items.push({ kind: "other", text: line });
    else if (key === undefined || value === undefined) throw new Error(`no unit file: ${line}`);
    else items.push({ kind: "setting", section, key, value, indent: "", equals: "=" });
  }
  return { items, endOfLine: "\n", hasByteOrderMark: false, hasFinalNewline: true };
}

function splitLogicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let isOpen = false;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    if (isOpen) lines.push(`${lines.pop()}\n${line}`);
    else lines.push(line);
    isOpen = line.endsWith("\\") || (isOpen && /^\s*[#;]/.test(line));
  }
  return lines;
}

export function writeUnitText(text: UnitText): string {
  const lines = text.items.map((item) => {
    if (item.kind === "header") return `[${item.section}]`;
    if (item.kind === "other") return item.text;
    return `${item.indent}${item.key}${item.equals}${item.value}`;
  });
  const body = `${lines.join("\n")}${text.hasFinalNewline ? "\n" : ""}`.replaceAll("\n", text.endOfLine);
  return `${text.hasByteOrderMark ? "\uFEFF" : ""}${body}`;
}

export function makeSetting(section: string, key: string, value: string): Setting {
  return { kind: "setting", section, key, value, indent: "", equals: "=" };
}

/** A drop-in that holds nothing but these settings of one section. */
export function makeDropIn(section: string, settings: readonly Setting[]): UnitText {
  return {
    items: [{ kind: "header", section }, ...settings],
    endOfLine: "\n",
    hasByteOrderMark: false,
    hasFinalNewline: true,
  };
}
