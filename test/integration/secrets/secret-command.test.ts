/** The commands as processes: what a terminal, a pipe, an editor and a signal do. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pollUntil } from "../../support/machine/poll.ts";

const run = promisify(execFile);
const hasScript = await run("script", ["--version"]).then(
  () => true,
  () => false,
);
const file = "secrets/web.service/key.age";
let program: readonly string[];
let directory: string;
let runtime: string;
let identity: string;

interface Result {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "secret-command-"));
  runtime = await mkdtemp("/dev/shm/secret-command-");
  // As the first line of the product's own bundle has it.
  program = [process.execPath, "--disable-warning=ExperimentalWarning", await bundle()];
  identity = path.join(directory, "identity.txt");
  const { stdout: recipient } = await start(["keygen", "-o", identity]).result;
  await mkdir(path.join(directory, "units"));
  await writeFile(path.join(directory, "units/web.service"), "[Service]\n");
  await writeFile(path.join(directory, "gitops.yaml"), `hosts: { h1: { recipient: ${recipient.trim()} } }\n`);
});
afterAll(async () => {
  await rm(directory, { recursive: true });
  await rm(runtime, { recursive: true });
});

/** One file starts three times as fast as the sources. */
async function bundle(): Promise<string> {
  const outfile = path.join(directory, "secret-cli.mjs");
  await build({
    entryPoints: [path.join(import.meta.dirname, "secret-cli.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["usocket", "x11"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "silent",
  });
  return outfile;
}

function start(
  args: readonly string[],
  options: { readonly stdin?: string | Uint8Array; readonly env?: Record<string, string> } = {},
): { readonly child: ChildProcess; readonly result: Promise<Result> } {
  const [node = "", ...rest] = program;
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime, VISUAL: "", HOME: directory, ...options.env };
  const child = spawn(node, [...rest, ...args], { env });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  child.stdin.end(options.stdin ?? "");
  const result = new Promise<Result>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...output }));
  });
  return { child, result };
}

async function secret(args: readonly string[], options?: Parameters<typeof start>[1]): Promise<Result> {
  return await start(["secret", ...args, "-C", directory], options).result;
}

async function decrypt(): Promise<string> {
  const { stdout } = await secret(["edit", "web.service/key", "--identity", identity], {
    env: { EDITOR: "cat" },
  });
  return stdout.replace(/unchanged: nothing was written\n$/, "");
}

async function makeEditor(name: string, script: string): Promise<string> {
  const editor = path.join(directory, name);
  await writeFile(editor, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return editor;
}

describe("secret set", () => {
  test("takes the value from a pipe, byte for byte, and says who can read it", async () => {
    const { code, stdout, stderr } = await secret(["set", "web.service/key"], { stdin: "hunter2" });
    expect([code, stdout, stderr]).toEqual([0, `wrote ${file} for h1\n`, ""]);
    expect(await decrypt()).toBe("hunter2");
  });

  test("says so when the value ends as echo ends it", async () => {
    const { code, stderr } = await secret(["set", "web.service/key"], { stdin: "hunter2\n" });
    expect([code, stderr]).toEqual([0, expect.stringContaining("line end")]);
    expect(await decrypt()).toBe("hunter2\n");
  });

  test("knows no value among its arguments", async () => {
    const { code } = await secret(["set", "web.service/key", "hunter2"]);
    expect(code).not.toBe(0);
  });

  test.skipIf(!hasScript)(
    "on a terminal asks twice without showing what is typed (skipped without script(1))",
    async () => {
      const typed = await onTerminal(["correct horse\r", "correct horse\r"]);
      expect(typed).toContain("the same again");
      expect(typed).toContain(`wrote ${file}`);
      expect(typed).not.toContain("horse");
      expect(await decrypt()).toBe("correct horse");
    },
  );

  test.skipIf(!hasScript)("on a terminal two different values, and Ctrl-C, write nothing", async () => {
    const before = await readFile(path.join(directory, file), "utf8");
    expect(await onTerminal(["one\r", "oen\x7f\x7fnoe\r"])).toContain("differ");
    expect(await onTerminal(["on\x03"])).toContain("cancelled");
    expect(await readFile(path.join(directory, file), "utf8")).toBe(before);
  });

  /** Types each text when the next question is on the screen. */
  async function onTerminal(texts: readonly string[]): Promise<string> {
    const command = [...program, "secret", "set", "web.service/key", "-C", directory];
    const quoted = command.map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["--quiet", "--return", "--command", quoted, "/dev/null"]);
    let screen = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text;
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    for (const [index, text] of texts.entries()) {
      const questions = () => screen.split(/\(not shown\): |again: /).length - 1;
      await pollUntil("the question", async () => questions() > index, { deadlineMs: 30_000 });
      child.stdin.write(text);
    }
    await ended;
    return screen;
  }
});

describe("secret edit", () => {
  test("runs the editor with its arguments and writes what it left", async () => {
    await secret(["set", "web.service/key"], { stdin: "one" });
    const editor = await makeEditor("editor", 'test "$1" = --wait && printf %s two >"$2"');
    const { code, stdout } = await secret(["edit", "web.service/key", "--identity", identity], {
      env: { EDITOR: "false", VISUAL: `${editor} --wait` },
    });
    expect([code, stdout]).toEqual([0, `wrote ${file} for h1\n`]);
    expect(await decrypt()).toBe("two");
    expect(await readdir(runtime)).toEqual([]);
  });

  test("vim is told to keep nothing of it on a disk", async () => {
    const EDITOR = await makeEditor("vim", 'printf "%s " "$@"');
    const { stdout } = await secret(["edit", "web.service/key", "--identity", identity], { env: { EDITOR } });
    expect(stdout).toMatch(/^-n -i NONE -c silent! set noundofile nobackup \/dev\/shm\//);
  });

  test("an editor that fails or is missing changes nothing and leaves nothing", async () => {
    const before = await readFile(path.join(directory, file), "utf8");
    for (const EDITOR of ["false", "/nonexistent/editor"]) {
      const { code, stderr } = await secret(["edit", "web.service/key", "--identity", identity], {
        env: { EDITOR },
      });
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining(EDITOR === "false" ? "exit code 1" : "not installed"),
      ]);
    }
    expect(await readFile(path.join(directory, file), "utf8")).toBe(before);
    expect(await readdir(runtime)).toEqual([]);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)(
    "%s takes editor and file away, and ends the command",
    async (name) => {
      const editor = await makeEditor("sleeper", 'echo "editing $$" ; exec sleep 600');
      const { child, result } = start(
        ["secret", "edit", "web.service/key", "--identity", identity, "-C", directory],
        {
          env: { EDITOR: editor },
        },
      );
      let output = "";
      child.stdout?.on("data", (text: string) => {
        output += text;
      });
      await pollUntil("the editor", async () => /editing \d+/.test(output), { deadlineMs: 30_000 });
      expect(await readdir(runtime)).toHaveLength(1);
      child.kill(name);
      expect((await result).signal).toBe(name);
      expect(await readdir(runtime)).toEqual([]);
      const pid = Number(/editing (\d+)/.exec(output)?.[1]);
      await pollUntil("the editor's end", async () => !isAlive(pid), { deadlineMs: 30_000 });
    },
  );

  function isAlive(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }
});

describe("secret list and check", () => {
  test("show the reader by name, as text and as versioned JSON, and exit with 0 when all is well", async () => {
    const list = await secret(["list"]);
    expect([list.code, list.stdout]).toEqual([0, expect.stringMatching(/web\.service\/key +top +h1 +~h1/)]);
    const json = JSON.parse((await secret(["list", "--json"])).stdout);
    expect(json).toMatchObject({ version: 1, secrets: [{ path: file, hosts: ["h1"], otherKeys: 0 }] });
    expect(await secret(["check"])).toMatchObject({ code: 0, stdout: "1 secret: ✔ no errors\n" });
  });

  test("an error ends check with 2, and the message has the file", async () => {
    await writeFile(path.join(directory, "secrets/web.service/bad.age"), "hunter2");
    const { code, stdout } = await secret(["check"]);
    expect([code, stdout]).toEqual([2, expect.stringContaining("secrets/web.service/bad.age")]);
    expect(stdout).not.toContain("hunter2");
    const json = JSON.parse((await secret(["check", "--json"])).stdout);
    expect(json.diagnostics).toMatchObject([{ code: "secret-not-age", severity: "error" }]);
    await rm(path.join(directory, "secrets/web.service/bad.age"));
  });

  test("a broken gitops.yaml is reported with its line, and exits with 2", async () => {
    const config = await readFile(path.join(directory, "gitops.yaml"), "utf8");
    await writeFile(path.join(directory, "gitops.yaml"), `${config}host: []\n`);
    const { code, stderr } = await secret(["list"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("gitops.yaml:2")]);
    await writeFile(path.join(directory, "gitops.yaml"), config);
  });
});
