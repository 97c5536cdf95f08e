/**
 * Finds secrets that stand in plain text in unit files and in files that units use. It knows names of variables and forms of
 * tokens, so it may miss a secret, and may take a harmless value for one. Must not give away what it finds. Pure.
 */
import { parseUnitFile } from "../units/unit-file.ts";

export interface FoundSecret {
  /** Counts from 1. */
  readonly line: number;
  /** `Environment= DB_PASSWORD`, `a URL with a password`. */
  readonly what: string;
}

/** Names of variables and options whose values are secrets. A name that ends in _FILE or _PATH has a path as its value. */
const secretName =
  /(?:^|[_.-])(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|auth[_-]?key|encryption[_-]?key|credentials?)(?:$|[_.-]|\d)/i;
const pathName = /[_-](?:file|path|dir|url|uri|name|id|user|ttl|expiry|timeout|length)$/i;

/** Text that is a secret wherever it stands. */
const secretTexts: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/[a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]*:(?!\$|%|\{)[^\s/@'"]+@/i, "a URL with a password"],
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/, "a private key"],
  [/\bAGE-SECRET-KEY-1[0-9A-Z]{20,}/, "an age identity"],
  [/\b(?:ghp|gho|ghs|ghu|github_pat|glpat|gldt|npm|xox[abprs])[_-][A-Za-z0-9_-]{16,}/, "an access token"],
  [/\bAKIA[0-9A-Z]{16}\b/, "an access key of AWS"],
  [/\bAuthorization:\s*(?:Bearer|Basic)\s+(?!\$|%)[\w+/=.-]{8,}/i, "an Authorization header"],
];

/** Options of programs: `--db-password=x`, `--token x`, `-password x`. */
const option = /(?:^|\s)--?([a-z][\w-]*)(?:=|\s+)(?!-)(\S+)/gi;

/** The secrets in a unit file, a drop-in or a quadlet, by the rules of unit files. */
export function findSecretsInUnit(bytes: Uint8Array): readonly FoundSecret[] {
  return parseUnitFile(bytes).assignments.flatMap(({ key, value, line }) => {
    const found =
      key === "Environment" ? listVariables(value) : key.startsWith("Exec") ? listOptions(value) : [];
    const named = found.map((name) => `${key}= ${name}`);
    const held = key === "SetCredential" && value.includes(":") ? [`${key}= ${value.split(":")[0]}`] : [];
    const texts = listTexts(value).map((what) => `${key}= ${what}`);
    return dropDuplicates([...named, ...held, ...texts]).map((what) => ({ line, what }));
  });
}

/** The secrets in a file of variables (systemd.exec(5), EnvironmentFile=), or in any other text: one finding a line. */
export function findSecretsInText(bytes: Uint8Array): readonly FoundSecret[] {
  return new TextDecoder()
    .decode(bytes)
    .split("\n")
    .flatMap((text, index) => {
      const assigned = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*(.*)$/.exec(text);
      const [, name = "", value = ""] = assigned ?? [];
      const what = isSecret(name, value) ? name : listTexts(text)[0];
      return what === undefined ? [] : [{ line: index + 1, what }];
    });
}

function listVariables(value: string): readonly string[] {
  const words = value.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\S+/g) ?? [];
  return words.flatMap((word) => {
    const plain = word.replace(/^["']|["']$/g, "");
    const equals = plain.indexOf("=");
    const name = plain.slice(0, Math.max(0, equals));
    return isSecret(name, plain.slice(equals + 1)) ? [name] : [];
  });
}

function listOptions(value: string): readonly string[] {
  return [...value.matchAll(option)].flatMap(([, name = "", word = ""]) =>
    isSecret(name, word) ? [`--${name}`] : [],
  );
}

function listTexts(text: string): readonly string[] {
  return secretTexts.flatMap(([pattern, what]) => (pattern.test(text) ? [what] : []));
}

/** A path, a variable and a specifier say where the secret is, and are none. */
function isSecret(name: string, value: string): boolean {
  const plain = value.trim().replace(/^["']|["']$/g, "");
  const isElsewhere =
    plain === "" || /^[/$%]/.test(plain) || /^(?:true|false|yes|no|none|null|\d{1,3})$/i.test(plain);
  return secretName.test(name) && !pathName.test(name) && !isElsewhere;
}

function dropDuplicates(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
