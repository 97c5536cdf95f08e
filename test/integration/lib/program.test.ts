import { describe, expect, it } from "vitest";
import {
  OutputTooLong,
  ProgramNotStarted,
  ProgramTimedOut,
  readProgram,
  streamProgram,
} from "../../../src/lib/program.ts";

const limitBytes = 1024;
const shell = (script: string, options = {}) => readProgram("sh", ["-c", script], { limitBytes, ...options });

describe("a program that is run", () => {
  it("gives what it wrote, its exit status and the end of its complaints", async () => {
    const { exitCode, signalName, stdout, stderr } = await shell(
      "cat; head -c 9000 /dev/zero >&2; echo end >&2; exit 3",
      {
        input: "a question",
      },
    );
    expect([exitCode, signalName, stdout, stderr.length]).toEqual([3, null, "a question", 8192]);
    expect(stderr).toMatch(/end\n$/);
  });

  it("tells which signal killed it", async () => {
    expect(await shell("kill -TERM $$")).toMatchObject({ exitCode: null, signalName: "SIGTERM" });
  });

  it("may end before it has read its input", async () => {
    expect(await shell("exit 0", { input: "x".repeat(10_000_000) })).toMatchObject({ exitCode: 0 });
  });

  it("gets the environment that it is given, and no other", async () => {
    const { stdout } = await readProgram("/usr/bin/env", [], { limitBytes, environment: { LC_ALL: "C" } });
    expect(stdout).toBe("LC_ALL=C\n");
  });

  it("is killed when its time is over, also when what it has started lives on with its output open", async () => {
    const started = shell("sleep 600 & echo $!; wait", { timeoutMs: 300 });
    await expect(started).rejects.toThrow(ProgramTimedOut);
  }, 5000);

  it("is killed when it writes more than is wanted", async () => {
    await expect(shell("exec yes")).rejects.toThrow(OutputTooLong);
  }, 5000);

  it("is killed when what it wrote is not wanted", async () => {
    const onOutput = () => {
      throw new RangeError("not this");
    };
    await expect(streamProgram("yes", [], { onOutput })).rejects.toThrow("not this");
  }, 5000);

  it("is killed when nobody waits for it any more", async () => {
    const controller = new AbortController();
    const ended = streamProgram("yes", [], {
      signal: controller.signal,
      onOutput: () => controller.abort(new Error("enough")),
    });
    await expect(ended).rejects.toThrow("enough");
  }, 5000);

  it("is not started when nobody waits for it in the first place", async () => {
    await expect(shell("exit 0", { signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow(
      "too late",
    );
  });

  it("that does not exist says so, with the error of the operating system", async () => {
    const error = await readProgram("/nowhere", [], { limitBytes }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProgramNotStarted);
    expect((error as ProgramNotStarted).cause).toMatchObject({ code: "ENOENT" });
  });
});
