/** An SVG that plays what a terminal showed, without a script: lines move up as they are written. Pure. */
import type { Cast } from "./cast.ts";
import { type Piece, readLines } from "./lines.ts";

const [charWidth, lineHeight, margin] = [8.4, 19, 14];
/** How long the last screen stays, seconds. */
const restSeconds = 6;

const style = `
text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #d8dee9; white-space: pre; }
.bold { font-weight: 600; } .dim { opacity: .6; }
.red { fill: #f07178; } .green { fill: #8fd18a; } .yellow { fill: #e6c46c; } .blue { fill: #82aaff; } .magenta { fill: #c792ea; } .cyan { fill: #7fdbca; }`;

export function renderSvg(cast: Cast, title: string): string {
  const lines = readLines(cast.outputs);
  const [width, height] = [cast.columns * charWidth + 2 * margin, cast.rows * lineHeight + 2 * margin];
  const seconds = (lines.at(-1)?.at ?? 0) + restSeconds;
  const bottom = cast.rows * lineHeight;
  const up = (count: number) => `translateY(${bottom - count * lineHeight}px)`;
  const frames = new Map(
    lines.map(({ at }, index) => [((100 * at) / seconds).toFixed(3), up(index + 1)] as const),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${style}`,
    `.lines { transform: ${up(lines.length)}; }`,
    `@media (prefers-reduced-motion: no-preference) { .lines { animation: play ${seconds.toFixed(2)}s step-end infinite; } }`,
    `@keyframes play { 0% { transform: ${up(0)}; } ${[...frames].map(([at, where]) => `${at}% { transform: ${where}; }`).join(" ")} 100% { transform: ${up(lines.length)}; } }</style>`,
    `<rect width="100%" height="100%" rx="8" fill="#1b2028"/>`,
    `<clipPath id="screen"><rect width="${(cast.columns * charWidth).toFixed(0)}" height="${bottom}"/></clipPath>`,
    `<g transform="translate(${margin} ${margin})" clip-path="url(#screen)"><g class="lines">`,
    ...lines.map(({ pieces }, index) => renderLine(pieces, index)),
    `</g></g></svg>`,
    "",
  ].join("\n");
}

function renderLine(pieces: readonly Piece[], index: number): string {
  const y = (index + 1) * lineHeight - 5;
  return `<text y="${y}">${pieces.map(renderPiece).join("")}</text>`;
}

function renderPiece({ text, styles }: Piece): string {
  const escaped = escapeXml(text);
  return styles.length === 0 ? escaped : `<tspan class="${styles.join(" ")}">${escaped}</tspan>`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
