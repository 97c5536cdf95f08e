/** The notifier against a program of the same name that records what it is called with. */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createNotifier, type NotifyEnvironment } from "../../../src/systemd/notify.ts";
import { pollUntil } from "../../support/machine/poll.ts";

let directory: string;
let env: NotifyEnvironment;
let failures: Error[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "notify-"));
  env = { PATH: `${directory}:/usr/bin:/bin`, NOTIFY_SOCKET: "/run/nowhere", SECRET: "s3cret" };
  failures = [];
  await installProgram('printf "<%s>" "$@" >>"$(dirname "$0")/calls"; echo >>"$(dirname "$0")/calls"');
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function installProgram(script: string): Promise<void> {
  await writeFile(join(directory, "systemd-notify"), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, "systemd-notify"), 0o755);
}

async function readCalls(): Promise<string[]> {
  const text = await readFile(join(directory, "calls"), "utf8").catch(() => "");
  return text
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "");
}

function notifierIn(environment: NotifyEnvironment) {
  return createNotifier(environment, (error) => failures.push(error));
}

test("says ready and stopping together with the status line", async () => {
  const notifier = notifierIn(env);
  await notifier.ready("in sync, main@3f2a91c");
  await notifier.stopping("stopping");
  expect(await readCalls()).toEqual([
    "<READY=1><STATUS=in sync, main@3f2a91c>",
    "<STOPPING=1><STATUS=stopping>",
  ]);
  expect(failures).toEqual([]);
});

test("joins what comes up while it sends, and keeps the last status", async () => {
  const notifier = notifierIn(env);
  const texts = ["one", "two", "three", "four"];
  await Promise.all([notifier.ready("zero"), ...texts.map((text) => notifier.status(text))]);
  const calls = await readCalls();
  expect(calls[0]).toBe("<READY=1><STATUS=zero>");
  expect(calls.slice(1)).toEqual(["<STATUS=four>"]);
  await notifier.status("five");
  expect((await readCalls()).at(-1)).toBe("<STATUS=five>");
});

test("starts no process for a line that is shown already, unless showing it failed", async () => {
  const notifier = notifierIn(env);
  for (const text of ["in sync", "in sync", "degraded", "in sync"]) await notifier.status(text);
  const shown = ["<STATUS=in sync>", "<STATUS=degraded>", "<STATUS=in sync>"];
  expect(await readCalls()).toEqual(shown);
  await rm(join(directory, "systemd-notify"));
  const failing = notifierIn({ ...env, PATH: directory });
  await failing.status("again");
  await installProgram(`echo "<$1>" >>"${directory}/calls"`);
  await failing.status("again");
  expect(await readCalls()).toEqual([...shown, "<STATUS=again>"]);
});

test("does not let a status smuggle in another message", async () => {
  await notifierIn(env).status("fine\nMAINPID=1\u0000");
  expect(await readCalls()).toEqual(["<STATUS=fine MAINPID=1 >"]);
});

test("does nothing where systemd does not listen", async () => {
  const notifier = notifierIn({ ...env, NOTIFY_SOCKET: undefined });
  await notifier.ready("in sync");
  expect(await readCalls()).toEqual([]);
});

test("hands the program nothing of the environment but what it needs", async () => {
  await installProgram('env >"$(dirname "$0")/calls"');
  await notifierIn(env).ready("in sync");
  expect((await readCalls()).join("\n")).not.toContain("s3cret");
  expect((await readCalls()).join("\n")).toContain("NOTIFY_SOCKET=/run/nowhere");
});

test("reports a program that fails or is missing, and goes on", async () => {
  await installProgram("exit 1");
  await notifierIn(env).ready("in sync");
  await notifierIn({ ...env, PATH: "/nowhere" }).ready("in sync");
  expect(failures.map((error) => error.message)).toEqual([
    expect.stringContaining("ended with exit status 1"),
    expect.stringContaining("ENOENT"),
  ]);
});

test("reports to the watchdog again and again", async () => {
  const notifier = notifierIn({ ...env, WATCHDOG_USEC: "20000" });
  const stop = notifier.startWatchdog(() => true);
  await pollUntil("three reports", async () => (await readCalls()).length >= 3, { deadlineMs: 10_000 });
  stop();
  expect((await readCalls())[0]).toBe("<WATCHDOG=1>");
  await notifier.status("the last one");
});

test("does not report to the watchdog for an agent that hangs", async () => {
  let asked = 0;
  const stop = notifierIn({ ...env, WATCHDOG_USEC: "20000" }).startWatchdog(() => {
    asked += 1;
    return false;
  });
  await pollUntil("five questions", async () => asked >= 5, { deadlineMs: 10_000 });
  stop();
  expect(await readCalls()).toEqual([]);
});

test("leaves the watchdog of another process alone", async () => {
  const watched = { ...env, WATCHDOG_USEC: "20000" };
  let asked = 0;
  const ask = () => {
    asked += 1;
    return true;
  };
  const stopOther = notifierIn({ ...watched, WATCHDOG_PID: "1" }).startWatchdog(ask);
  let askedOwn = 0;
  const stopOwn = notifierIn({ ...watched, WATCHDOG_PID: String(process.pid) }).startWatchdog(() => {
    askedOwn += 1;
    return false;
  });
  await pollUntil("five questions to ours", async () => askedOwn >= 5, { deadlineMs: 10_000 });
  expect(asked).toBe(0);
  stopOther();
  stopOwn();
});
