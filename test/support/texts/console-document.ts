/**
 * Commands and their output as a document shows them, in blocks that are marked `console`: a command begins with `$ ` or `# `,
 * what it prints follows, and a line `…` stands for any number of lines. Runs nothing.
 */

export interface ShownCommand {
  readonly command: string;
  /** Lines, without the one of the command. */
  readonly output: readonly string[];
}

export function readConsoleBlocks(markdown: string): readonly ShownCommand[] {
  const blocks = [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  return blocks.flatMap((block) =>
    block.split(/^(?=[$#] )/m).map((text) => {
      const [first = "", ...output] = text.trimEnd().split("\n");
      return { command: first.slice(2), output };
    }),
  );
}

/** What a person answers to the questions in the shown output, in their order. */
export function readAnswers({ output }: ShownCommand): readonly string[] {
  return output.flatMap((line) => /\[y\/N\] (\w+)$/.exec(line)?.[1] ?? []);
}

/** A pattern for the whole output of the command, made for `normalizeOutput`. */
export function makeOutputPattern({ output }: ShownCommand): RegExp {
  const lines = output.map((line) => {
    if (line === "…") return "(?:.*\\n)*?";
    return `${normalizeOutput(line).replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\n`;
  });
  return new RegExp(`^${lines.join("")}$`);
}

/** The output without what differs from run to run: ids, keys, times, sizes, colours, and the width of columns. */
export function normalizeOutput(text: string): string {
  return (
    text
      // After a question the terminal and the program each end the line.
      .replace(/\r+\n/g, "\n")
      // What a command has drawn over in its line is not to be seen any more.
      .replace(new RegExp(`[^\\n]*\\r${String.fromCharCode(27)}\\[K`, "g"), "")
      .replace(new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*[A-Za-z]`, "g"), "")
      .replace(/SHA256:[\w+/]+/g, "SHA256:KEY")
      .replace(/ssh-ed25519 AAAA[\w+/=…]+/g, "ssh-ed25519 KEY")
      .replace(/@[0-9a-f]{7}\b/g, "@COMMIT")
      .replace(/\b\d+(?:\.\d+)? (?:ms|s|min|h|kB|MB)\b/g, "N")
      .replace(/\b\d\d:\d\d\b/g, "HH:MM")
      .replace(/ {2,}/g, "  ")
      .replace(/ +$/gm, "")
  );
}
