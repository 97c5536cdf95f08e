/** What is allowed as a name, a path or a pattern in the configuration files. Pure rules, each with its own message. */

import { findNearestWord } from "../core/check/nearest.ts";
import { matchesGlob } from "../core/units/glob.ts";
import {
  isQuadletName,
  isUnitName,
  serviceOfQuadlet,
  typeOfUnit,
  unitTypes,
} from "../core/units/unit-name.ts";
import { quote } from "./finding.ts";

export interface Problem {
  readonly message: string;
  readonly hint?: string;
}

/** Null when the text is fine. */
export type Rule = (text: string) => Problem | null;

const maxPathLength = 4095;
const maxNameLength = 255;
const directoryNamePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]*$/;

/** Hosts and roles are directories of the repository. */
export const checkDirectoryName: Rule = (text) =>
  directoryNamePattern.test(text) && text.length <= maxNameLength
    ? null
    : {
        message: `${quote(text)} cannot be the name of a directory`,
        hint: "use letters, digits, dots, dashes, underscores and @, beginning with a letter or a digit",
      };

/** A path on the host, normalized: with two spellings, one file could have two entries. */
export const checkAbsolutePath: Rule = (text) => {
  if (!text.startsWith("/")) return { message: "expected an absolute path: one that begins with /" };
  return text === "/" ? null : checkSegments(text.slice(1));
};

/** A file below the root, not the root itself. */
export const checkFilePath: Rule = (text) =>
  text === "/"
    ? { message: "expected the path of a file, found the root directory" }
    : checkAbsolutePath(text);

/** An absolute path on the host, or a pattern for such paths: `*`, `?`, `[…]`. */
export const checkPathPattern: Rule = (text) => checkFilePath(text) ?? checkBrackets(text);

/** A directory of the repository, as git writes it. */
export const checkRepositoryPath: Rule = (text) =>
  text.startsWith("/")
    ? {
        message: "expected a directory inside the repository, found an absolute path",
        hint: "remove the first /",
      }
    : checkSegments(text);

/** A directory of the layout: one of the repository, `.` for its top, or a pattern of names, `**` as the last part. */
export const checkLayoutDirectory: Rule = (text) => {
  if (text === ".") return null;
  const parts = text.split("/");
  const early = parts.slice(0, -1).indexOf("**");
  if (early >= 0) {
    return {
      message: "** can only be the last part of a directory",
      hint: `write ${parts.slice(0, early).concat("**").join("/")}, which is everything below it`,
    };
  }
  return checkRepositoryPath(text) ?? parts.map(checkPart).find((problem) => problem !== null) ?? null;
};

function checkPart(part: string): Problem | null {
  try {
    matchesGlob(part, part);
    return null;
  } catch {
    return {
      message: `${quote(part)} is no pattern`,
      hint: "a range goes from the smaller character to the larger one",
    };
  }
}

function checkSegments(path: string): Problem | null {
  if (path.length > maxPathLength) return { message: `a path has at most ${maxPathLength} characters` };
  if (/\p{Cc}/u.test(path)) return { message: "a path cannot contain control characters" };
  const bad = path.split("/").find((segment) => ["", ".", ".."].includes(segment));
  if (bad === undefined) return null;
  const found = bad === "" ? "an empty part (// or a / at the end)" : quote(bad);
  return { message: `expected a normalized path, found ${found} in it`, hint: "write the path without it" };
}

/** A unit that a file can define, by its whole name (systemd.unit(5)). */
export const checkUnitName: Rule = (text) => {
  if (isUnitName(text)) return null;
  if (isQuadletName(text)) {
    return {
      message: `${quote(text)} is a quadlet, not a unit`,
      hint: `name the service that podman makes of it: ${serviceOfQuadlet(text)}`,
    };
  }
  const type = typeOfUnit(text);
  const nearest = text.includes(".") ? findNearestWord(type, unitTypes) : null;
  const hint =
    nearest === null
      ? "write the whole name with its type, for example web.service"
      : `did you mean ${quote(`${text.slice(0, -type.length)}${nearest}`)}?`;
  return { message: `${quote(text)} is not the name of a unit`, hint };
};

/** A unit's name or a pattern for names: `*`, `?`, `[…]`. */
export const checkUnitPattern: Rule = (text) => {
  if (!/[*?[\]]/.test(text)) return text.endsWith(".scope") ? null : checkUnitName(text);
  if (!/^[A-Za-z0-9:_.\\@!*?[\]-]+$/.test(text) || text.length > maxNameLength) {
    return {
      message: `${quote(text)} cannot match the name of any unit`,
      hint: "a pattern is made of the characters of unit names, *, ? and […]",
    };
  }
  const problem = checkBrackets(text);
  if (problem !== null) return problem;
  const type = typeOfUnit(text);
  if (!text.includes(".") || /[*?\]]/.test(type) || isUnitName(`x.${type}`) || type === "scope") return null;
  return checkUnitName(text);
};

function checkBrackets(pattern: string): Problem | null {
  if (!/^(?:[^[\]]|\[[^[\]]+\])*$/.test(pattern)) {
    return { message: `the brackets in ${quote(pattern)} do not match` };
  }
  if (canMatch(pattern)) return null;
  return { message: `${quote(pattern)} cannot be used as a pattern`, hint: "write ranges upwards: [a-z]" };
}

/** Tests the pattern against itself: the text before the first wildcard matches, so that the rest is tested, too. */
function canMatch(pattern: string): boolean {
  try {
    matchesGlob(pattern, pattern);
    return true;
  } catch {
    return false;
  }
}

/** The part between @ and the type (systemd.unit(5), systemd-escape(1)). */
export const checkInstance: Rule = (text) => {
  if (text === "") return { message: "an instance needs a name" };
  if (text.length > maxNameLength)
    return { message: `a unit's name has at most ${maxNameLength} characters` };
  if (/^[A-Za-z0-9:_.\\@-]+$/.test(text)) return null;
  return {
    message: `${quote(text)} cannot be an instance: unit names have no such characters`,
    hint: `write it as systemd-escape does: '${escapeInstance(text)}'`,
  };
};

/** systemd-escape(1) without options. */
function escapeInstance(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte);
      if (character === "/") return "-";
      const isKept = /[A-Za-z0-9:_.]/.test(character) && !(character === "." && index === 0);
      return isKept ? character : `\\x${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
}

/** The characters that useradd(8) and groupadd(8) accept. */
export const checkAccountName: Rule = (text) =>
  /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(text) && text.length <= 32
    ? null
    : { message: `${quote(text)} is not the name of a user or group`, hint: "use the name, not the number" };

/** Permission bits as chmod(1) takes them. */
export const checkMode: Rule = (text) =>
  /^[0-7]{3,4}$/.test(text)
    ? null
    : { message: `${quote(text)} is not a file mode`, hint: 'write three or four octal digits: "0640"' };

/** Checks only the kind of key. The key itself is checked when secrets are encrypted. */
export const checkRecipient: Rule = (text) => {
  if (/^(?:age1\S+|ssh-ed25519 \S.*)$/.test(text)) return null;
  if (/^AGE-|PRIVATE KEY/i.test(text)) {
    return {
      message: "this is a private key, and everybody who can read the repository has it now",
      hint: "make a new key, and write its public half (age1…) here",
    };
  }
  return {
    message: "expected a public key: age1… or ssh-ed25519 …",
    hint: "age-keygen -y prints the public key of an identity file",
  };
};
