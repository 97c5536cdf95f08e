import { describe, expect, it } from "vitest";
import { runCheck } from "../../../src/host/run-check.ts";

const never = new AbortController().signal;
const check = (script: string, timeoutMs = 5000) => runCheck(["/bin/sh", "-c", script], timeoutMs, never);

describe("a health check", () => {
  it("passes when it exits with 0, however much it writes", async () => {
    expect(await check("head -c 200000 /dev/zero; head -c 200000 /dev/zero >&2")).toBeNull();
  });

  it("that fails says how, with the last line of its complaints", async () => {
    expect(await check("echo output; echo first >&2; echo connection refused >&2; exit 7")).toBe(
      "/bin/sh: exit status 7: connection refused",
    );
  });

  it("that fails without a complaint is quoted by its output", async () => {
    expect(await check("echo starting up; exit 1")).toBe("/bin/sh: exit status 1: starting up");
  });

  it("that is killed says by what", async () => {
    expect(await check("kill -SEGV $$")).toBe("/bin/sh: it was ended by SIGSEGV");
  });

  it("that does not answer is ended, with what it has started still running", async () => {
    expect(await check("echo waiting; sleep 600 & wait", 1000)).toBe(
      "/bin/sh: no answer within 1 s: waiting",
    );
  });

  it("that does not exist says so", async () => {
    expect(await runCheck(["/nowhere"], 1000, never)).toBe("/nowhere: no such program");
  });

  it("ends when the agent does", async () => {
    const controller = new AbortController();
    const ended = runCheck(["/bin/sleep", "600"], 5000, controller.signal);
    controller.abort(new Error("stopping"));
    await expect(ended).rejects.toThrow("stopping");
  });
});
