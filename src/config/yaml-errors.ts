/** Errors of the YAML parser → plain sentences, at the place of the mistake and not where the parser noticed it. */

import type { YAMLError } from "yaml";
import type { Finding } from "./finding.ts";

/** Offsets that the parser itself does not report, in ascending order. */
export interface Openings {
  /** Where quoted texts begin. */
  readonly quotes: readonly number[];
  /** Where lists and maps begin whose bracket is never closed. */
  readonly brackets: readonly number[];
}

interface Explanation {
  readonly message: string;
  readonly hint?: string;
}

const indentation: Explanation = {
  message: "the indentation does not fit the lines above",
  hint: "give keys of one map the same number of spaces",
};
const structure: Explanation = {
  message: "a key or a value is not expected here",
  hint: "look for a missing colon, quote, comma or bracket here or just above",
};

const explanations: Readonly<Partial<Record<YAMLError["code"], Explanation>>> = {
  BAD_ALIAS: { message: "an anchor (&) needs a name", hint: "put text that begins with & or * in quotes" },
  BAD_DQ_ESCAPE: {
    message: "this escape sequence does not exist in double quotes",
    hint: "use single quotes, or write \\\\ for a backslash",
  },
  BAD_INDENT: indentation,
  BAD_SCALAR_START: {
    message: "text cannot begin with this character unless it is quoted",
    hint: "put the text in quotes",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a second key on this line, or a key below a key that has a value already",
    hint: "check the indentation, and put text that contains a colon and a space in quotes",
  },
  BLOCK_IN_FLOW: { message: "an entry between brackets needs a comma before the next one" },
  MULTILINE_IMPLICIT_KEY: { message: "a key is not followed by a colon", hint: "write key: value" },
  NON_STRING_KEY: { message: "a key must be a plain name", hint: "put the key in quotes" },
  RESOURCE_EXHAUSTION: { message: "the structure is too deep to be read" },
  TAB_AS_INDENT: { message: "a tab cannot indent YAML", hint: "use spaces" },
  TAG_RESOLVE_FAILED: {
    message: "YAML tags (!name) are not supported",
    hint: "put text that begins with ! in quotes",
  },
};

/** The finding for one complaint of the parser. */
export function explainSyntax(error: YAMLError, openings: Openings): Finding {
  const [offset] = error.pos;
  const isBefore = (opening: number) => opening < offset;
  if (error.message.startsWith("Missing closing")) {
    const quote = openings.quotes.findLast(isBefore) ?? offset;
    const message = "this quotation mark is not closed";
    return { code: "yaml-syntax", offset: quote, message, hint: "close it on the same line" };
  }
  if (error.message.startsWith("Flow ") && error.message.includes("end with")) {
    const bracket = openings.brackets.findLast(isBefore) ?? offset;
    const message = "this bracket is not closed";
    return { code: "yaml-syntax", offset: bracket, message, hint: "close it, or look for a missing comma" };
  }
  return { code: "yaml-syntax", offset, ...(explanations[error.code] ?? structure) };
}
