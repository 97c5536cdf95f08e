/**
 * Recognizes what must never be shown in a diagnostic: a person may have pasted a key or a password into a
 * configuration file. In doubt it shows less. Takes linear time, because its input is not trusted.
 */

const identity = /AGE-(?:SECRET-KEY|PLUGIN)-[^\s"',}\]]*/gi;
const issuedToken = /\b(?:gh[pousr]_|github_pat_|glpat-)[\w-]+/g;
const secretSetting =
  /(?<![A-Za-z0-9])(?:pass(?:word|wd|phrase)?|token|secret|api[-_]?key)["']?\s*[:=]\s*[^\s,}\]]+/gi;
/** A part of a URL as webhooks have it: whoever knows the URL may post to it. */
const urlPart = /[\w-]{20,}/g;
const minTokenLength = 20;
const mask = "[not shown]";

/** Replaces whatever looks like a secret. */
export function maskSecrets(text: string): string {
  return text
    .replace(identity, mask)
    .replace(issuedToken, mask)
    .replace(secretSetting, mask)
    .replace(/\S+/g, (word) => maskUrlParts(maskUserInfo(word)));
}

/** Whether a line must not be shown. */
export function holdsSecret(line: string): boolean {
  return maskSecrets(line) !== line;
}

/** Whether a text contains an armored private key, of which no line must be shown. */
export function holdsPrivateKey(text: string): boolean {
  return text.includes("PRIVATE KEY-----");
}

/** `https://user:password@host/` and `https://token@host/`, also where the password itself contains a slash or an @. */
function maskUserInfo(word: string): string {
  const start = word.indexOf("://") + 3;
  const end = word.lastIndexOf("@");
  if (start < 3 || end < start) return word;
  const userInfo = word.slice(start, end);
  const isSecret = userInfo.includes(":") || (userInfo.length >= minTokenLength && !userInfo.includes("/"));
  return isSecret ? `${word.slice(0, start)}${mask}${word.slice(end)}` : word;
}

/** `https://hooks.example.org/services/T0/B0/9xK…`: long parts with letters and digits. */
function maskUrlParts(word: string): string {
  const start = word.indexOf("://");
  if (start < 0) return word;
  const rest = word
    .slice(start)
    .replace(urlPart, (part) => (/\d/.test(part) && /[A-Za-z]/.test(part) ? mask : part));
  return `${word.slice(0, start)}${rest}`;
}
