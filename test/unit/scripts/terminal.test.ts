/** How a recorded terminal becomes a picture. */
import { expect, it } from "vitest";
import { formatCast, shortenPauses } from "../../../scripts/terminal/cast.ts";
import { readLines } from "../../../scripts/terminal/lines.ts";
import { renderSvg } from "../../../scripts/terminal/svg.ts";

const escapeCode = String.fromCharCode(27);
const outputs = [
  { at: 0, text: `$ ${escapeCode}[1mls${escapeCode}[22m -l\r\n` },
  { at: 9, text: `${escapeCode}[32m●${escapeCode}[0m <ok> ` },
  { at: 9.5, text: "& well\r\n" },
];

it("lines have their styles and the time of their first character", () => {
  expect(readLines(outputs)).toEqual([
    {
      at: 0,
      pieces: [
        { text: "$ ", styles: [] },
        { text: "ls", styles: ["bold"] },
        { text: " -l", styles: [] },
      ],
    },
    {
      at: 9,
      pieces: [
        { text: "●", styles: ["green"] },
        { text: " <ok> ", styles: [] },
        { text: "& well", styles: [] },
      ],
    },
  ]);
});

it("what moves the cursor is refused, since the picture would be wrong", () => {
  expect(() => readLines([{ at: 0, text: `${escapeCode}[2J` }])).toThrow("control character");
  expect(() => readLines([{ at: 0, text: "50%\r100%" }])).toThrow("control character");
});

it("pauses are shortened and nothing else", () => {
  const cast = shortenPauses({ columns: 80, rows: 24, outputs }, 1);
  expect(cast.outputs.map(({ at }) => at)).toEqual([0, 1, 1.5]);
  expect(formatCast(cast).split("\n")[2]).toBe(JSON.stringify([1, "o", outputs[1]?.text]));
});

it("the picture shows the text as it is, moves up with each line, and stands still for who wants no motion", () => {
  const svg = renderSvg({ columns: 80, rows: 24, outputs }, "A demo");
  expect(svg).toContain('<tspan class="green">●</tspan> &lt;ok&gt; &amp; well');
  expect(svg).toContain("prefers-reduced-motion");
  expect(svg.match(/translateY/g)).toHaveLength(5);
});
