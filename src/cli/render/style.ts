/** Whether output has colours, and how text gets them. Must not know what is printed. */
import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Gives a text a style, or leaves it alone where colours are off. */
export type Painter = (style: Style, text: string) => string;

export function createPainter(colour: boolean): Painter {
  // shouldUseColour has checked the stream; node would check standard output, which can be another one.
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}

/** Colours only on a terminal that has them, and never against NO_COLOR (https://no-color.org). */
export function shouldUseColour(
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const isForbidden = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return stream.isTTY === true && !isForbidden;
}
