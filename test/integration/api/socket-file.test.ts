import { execFileSync } from "node:child_process";
import { chmod, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectAgent } from "../../../src/api/client.ts";
import { ApiRig, applied, catchError, patience, status } from "./support.ts";

const readers = 65_533;
let rig: ApiRig;

beforeEach(async () => {
  rig = await ApiRig.create();
});

afterEach(async () => {
  await rig.destroy();
});

const isRoot = process.geteuid?.() === 0;

/** What the client says to a user who is neither root nor in the group; a process of its own, since node cannot change its user. */
async function askAsNobody(runtimeDirectory: string, call: string): Promise<{ code: string; hint: string }> {
  const contents = `
    import { connectAgent } from "./src/api/client.ts";
    const client = connectAgent(${JSON.stringify(runtimeDirectory)});
    const patience = new AbortController().signal;
    ${call}.catch(({ code, hint }) => console.log(JSON.stringify({ code, hint })));`;
  const resolveDir = path.join(import.meta.dirname, "../../..");
  const [bundle] = (
    await build({
      stdin: { contents, resolveDir, loader: "ts" },
      bundle: true,
      platform: "node",
      format: "esm",
      write: false,
    })
  ).outputFiles;
  const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : {};
  const output = execFileSync(process.execPath, ["--input-type=module"], {
    ...nobody,
    cwd: "/",
    input: bundle?.text ?? "",
    encoding: "utf8",
  });
  return JSON.parse(output) as { code: string; hint: string };
}

describe("permissions", () => {
  it("are those of the design from the first moment", async () => {
    const before = process.umask(0);
    try {
      await rig.serve({}, isRoot ? readers : null);
    } finally {
      process.umask(before);
    }
    const reading = await lstat(rig.socketPath("status"));
    const changing = await lstat(rig.socketPath("control"));
    expect((reading.mode & 0o777).toString(8)).toBe("660");
    expect((changing.mode & 0o777).toString(8)).toBe("600");
    if (isRoot) expect(reading.gid).toBe(readers);
    expect(await readdir(rig.runtimeDirectory)).toEqual(["control.sock", "status.sock"]);
  });

  it("keep other users out, and tell them what to do", async () => {
    await rig.serve({}, isRoot ? readers : null);
    if (!isRoot) await Promise.all([chmod(rig.socketPath("status"), 0), chmod(rig.socketPath("control"), 0)]);
    const ask = (call: string) => askAsNobody(rig.runtimeDirectory, call);
    const reading = await ask("client.readStatus(patience)");
    const changing = await ask("client.requestSync({ modes: [], adopt: [] }, patience)");
    expect(reading.code).toBe("agent-unreachable");
    expect(reading.hint).toContain("usermod -aG gitops-agent");
    expect(changing.code).toBe("agent-unreachable");
    expect(changing.hint).toContain("sudo");
  });
});

describe("the socket's path", () => {
  it("may hold what a killed agent left behind", async () => {
    await rig.leaveStaleSocket("status");
    await rig.leaveStaleSocket("control");
    await rig.serve();
    expect(await connectAgent(rig.runtimeDirectory).readStatus(patience)).toEqual(status);
  });

  it("may be a symlink, which goes while what it points to stays", async () => {
    await mkdir(rig.runtimeDirectory);
    const precious = path.join(rig.base, "precious");
    await writeFile(precious, "keep me", { mode: 0o644 });
    await symlink(precious, rig.socketPath("status"));
    await rig.serve();
    expect((await lstat(rig.socketPath("status"))).isSocket()).toBe(true);
    expect(await readFile(precious, "utf8")).toBe("keep me");
    expect((await lstat(precious)).mode & 0o777).toBe(0o644);
  });

  it("is not taken from a program that listens there", async () => {
    await rig.serve();
    const error = await catchError(rig.serve({ readStatus: async () => ({ ...status, host: "intruder" }) }));
    expect(error).toMatchObject({ code: "agent-locked", subject: rig.socketPath("status") });
    expect(await connectAgent(rig.runtimeDirectory).readStatus(patience)).toEqual(status);
    expect(await connectAgent(rig.runtimeDirectory).requestSync({ modes: [], adopt: [] }, patience)).toEqual(
      applied,
    );
  });

  it("is given back when only the second socket is taken", async () => {
    await rig.listen("control");
    expect((await catchError(rig.serve())).code).toBe("agent-locked");
    expect(await readdir(rig.runtimeDirectory)).toEqual(["control.sock"]);
  });

  it("is not cleared of a file that is no socket", async () => {
    await mkdir(rig.runtimeDirectory);
    await writeFile(rig.socketPath("control"), "notes");
    expect((await catchError(rig.serve())).code).toBe("conflict");
    expect(await readFile(rig.socketPath("control"), "utf8")).toBe("notes");
  });

  it("must not be longer than the kernel allows", async () => {
    rig.runtimeDirectory = path.join(rig.base, "x".repeat(100));
    const error = await catchError(rig.serve());
    expect(error.code).toBe("host-write-failed");
    expect(error.message).toContain("too long");
  });

  it("is free again after closing, unless another agent serves there by then", async () => {
    const first = await rig.serve();
    await first.close();
    expect(await readdir(rig.runtimeDirectory)).toEqual([]);
    const second = await rig.serve();
    await rm(rig.socketPath("status"));
    await rig.leaveStaleSocket("status");
    await second.close();
    expect(await readdir(rig.runtimeDirectory)).toEqual(["status.sock"]);
  });
});
