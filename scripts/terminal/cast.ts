/** What a program has written to a terminal, and when: asciicast v2 (docs.asciinema.org), as text. Pure. */

export interface Cast {
  readonly columns: number;
  readonly rows: number;
  readonly outputs: readonly Output[];
}

export interface Output {
  /** Seconds since the beginning. */
  readonly at: number;
  readonly text: string;
}

export function formatCast({ columns, rows, outputs }: Cast): string {
  const head = JSON.stringify({ version: 2, width: columns, height: rows });
  return `${[head, ...outputs.map(({ at, text }) => JSON.stringify([Number(at.toFixed(3)), "o", text]))].join("\n")}\n`;
}

/** With pauses of at most so many seconds: nobody watches a build. */
export function shortenPauses(cast: Cast, longest: number): Cast {
  let before = 0;
  let at = 0;
  const outputs = cast.outputs.map((output) => {
    at += Math.min(output.at - before, longest);
    before = output.at;
    return { ...output, at };
  });
  return { ...cast, outputs };
}
