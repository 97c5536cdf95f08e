import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { acquireLock, lockNameFor } from "../../../src/host/lock.ts";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function makeName(): string {
  return `gitops-agent-test-${randomBytes(8).toString("hex")}`;
}

/** A process of its own that takes the lock and then holds it until it dies. */
async function startHolder(name: string): Promise<ChildProcess> {
  const module = new URL("../../../src/host/lock.ts", import.meta.url).href;
  const script = `
    const { acquireLock } = await import(${JSON.stringify(module)});
    await acquireLock(${JSON.stringify(name)});
    process.stdout.write("locked");
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [said] = await once(child.stdout ?? child, "data");
  expect(String(said)).toBe("locked");
  return child;
}

const locked = expect.objectContaining({ code: "agent-locked" });

describe("the lock", () => {
  test("is held by one at a time, and free again after its release", async () => {
    const name = makeName();
    const lock = await acquireLock(name);
    await expect(acquireLock(name)).rejects.toEqual(locked);
    await lock.release();
    await lock.release();
    const next = await acquireLock(name);
    await next.release();
  });

  test("of another state directory is another lock", async () => {
    const directories = ["/var/lib/gitops-agent", "/home/me/.local/state/gitops-agent"];
    const names = await Promise.all(directories.map(lockNameFor));
    const locks = await Promise.all(names.map((name) => acquireLock(name)));
    for (const lock of locks) await lock.release();
    expect(new Set(names).size).toBe(2);
  });

  test("is the same by whichever path the state directory is reached", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "lock-"));
    const link = `${directory}-link`;
    await symlink(directory, link);
    try {
      const names = await Promise.all([directory, `${directory}/`, link].map(lockNameFor));
      expect(new Set(names).size).toBe(1);
    } finally {
      await rm(link);
      await rm(directory, { recursive: true });
    }
  });

  test("keeps another process away, and says how to find it", async () => {
    const name = makeName();
    await startHolder(name);
    await expect(acquireLock(name)).rejects.toEqual(
      expect.objectContaining({ code: "agent-locked", hint: expect.stringContaining(name) }),
    );
  });

  test("dies with a process that is killed, while somebody waits for it", async () => {
    const name = makeName();
    const holder = await startHolder(name);
    await expect(acquireLock(name, { waitMs: 200 })).rejects.toEqual(locked);
    const waiting = acquireLock(name, { waitMs: 20_000 });
    holder.kill("SIGKILL");
    const lock = await waiting;
    expect(lock.name).toBe(name);
    await lock.release();
  });

  test("is not waited for any longer once the signal is aborted", async () => {
    const name = makeName();
    const lock = await acquireLock(name);
    const controller = new AbortController();
    const waiting = acquireLock(name, { waitMs: 20_000, signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toThrow("abort");
    await lock.release();
  });

  test("does not keep its process alive", async () => {
    const module = new URL("../../../src/host/lock.ts", import.meta.url).href;
    const script = `const { acquireLock } = await import(${JSON.stringify(module)}); await acquireLock(${JSON.stringify(makeName())});`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script]);
    children.push(child);
    expect((await once(child, "exit"))[0]).toBe(0);
  });
});
