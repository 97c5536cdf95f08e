/**
 * Records the demo as it runs: docs/demo.cast (asciicast v2), and docs/demo.svg, which the README shows. Needs what the demo needs, and
 * script(1). Nothing is edited: only pauses are shortened.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type Cast, formatCast, type Output, shortenPauses } from "./terminal/cast.ts";
import { renderSvg } from "./terminal/svg.ts";

const [columns, rows] = [110, 32];
const longestPause = 1.5;

async function record(command: string): Promise<Cast> {
  const resized = `stty cols ${columns} rows ${rows}; ${command}`;
  const child = spawn("script", ["--quiet", "--return", "--command", resized, "/dev/null"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TERM: "xterm-256color" },
  });
  const began = performance.now();
  const outputs: Output[] = [];
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => outputs.push({ at: (performance.now() - began) / 1_000, text }));
  const [exitCode] = await once(child, "close");
  if (exitCode !== 0) throw new Error(`the demo ended with exit code ${exitCode}`);
  return { columns, rows, outputs };
}

const cast = shortenPauses(await record("node_modules/.bin/tsx demo/main.ts"), longestPause);
await writeFile("docs/demo.cast", formatCast(cast));
await writeFile("docs/demo.svg", renderSvg(cast, "The demo of gitops-agent, as it ran"));
