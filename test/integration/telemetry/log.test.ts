import { execFile, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const logModule = new URL("../../../src/telemetry/log.ts", import.meta.url).href;

/** Arguments for node to run a program that has `log`, an event log on standard output. */
function programWithLog(format: "text" | "json", body: string): string[] {
  const program = `
    const { createEventLog, openStandardOutput } = await import(${JSON.stringify(logModule)});
    const log = createEventLog({
      format: ${JSON.stringify(format)}, level: "info", style: "journal", writer: openStandardOutput(), now: Date.now,
    });
    ${body}
  `;
  return ["--import", "tsx", "--input-type=module", "--eval", program];
}

const survive = `
  for (let count = 0; count < 500; count += 1) {
    log.emit({ type: "agent.stopped", reason: "x".repeat(4000) });
    await new Promise(setImmediate);
  }
  process.stderr.write("survived");
`;

describe("standard output", () => {
  it.each(["text", "json"] as const)(
    "has every line of %s even when the process is killed",
    async (format) => {
      const args = programWithLog(
        format,
        `for (let count = 0; count < 5000; count += 1) log.emit({ type: "agent.stopped", reason: "number " + count });
       process.kill(process.pid, "SIGKILL");`,
      );
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const lines = (await text(child.stdout)).trimEnd().split("\n");
      expect(lines).toHaveLength(5000);
      expect(lines.at(-1)).toContain("number 4999");
    },
  );

  it("may be closed by its reader without taking the process down", async () => {
    const child = run(process.execPath, programWithLog("json", survive));
    child.child.stdout?.destroy();
    expect((await child).stderr).toBe("survived");
  });

  it("may be on a full disk without taking the process down", async () => {
    const child = spawn(process.execPath, programWithLog("text", survive), {
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    });
    expect(child.stderr === null ? "" : await text(child.stderr)).toBe("survived");
  });
});
