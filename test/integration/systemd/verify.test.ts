/** Validation against the systemd-analyze that is installed here, and against programs that stand in for a broken one. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Desired, HostFile } from "../../../src/core/model/desired.ts";
import type { Diagnostic } from "../../../src/core/model/errors.ts";
import { unitTypes } from "../../../src/core/units/unit-name.ts";
import { verifyUnits } from "../../../src/systemd/verify/verify.ts";
import { isInstalled } from "../../support/machine/root-filesystem.ts";
import { build, type RepositoryText } from "../../support/values/scenario.ts";

const run = "[Service]\nExecStart=/bin/true\n";
let directory: string;
let staging: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "verify-test-"));
  staging = join(directory, "staging");
  await mkdir(staging);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

interface Host {
  /** Files of the host below its unit directory; a value that begins with "->" is a link. */
  readonly files?: Readonly<Record<string, string>>;
  /** Which of them an earlier revision wrote. */
  readonly owned?: readonly string[];
}

async function verify(
  text: RepositoryText,
  host: Host = {},
  signal = new AbortController().signal,
): Promise<readonly Diagnostic[]> {
  const unitDirectory = join(directory, "units");
  for (const [name, content] of Object.entries(host.files ?? {})) {
    const path = join(unitDirectory, name);
    await mkdir(dirname(path), { recursive: true });
    if (content.startsWith("->")) await symlink(content.slice(2), path);
    else await writeFile(path, content);
  }
  const input = {
    desired: moveUnits(build(text).desired, unitDirectory),
    ownedPaths: new Set((host.owned ?? []).map((name) => join(unitDirectory, name))),
    stagingDirectory: staging,
  };
  return verifyUnits(input, signal);
}

/** The scenario writes to /etc/systemd/system, which the machine that runs this test has for itself. */
function moveUnits(desired: Desired, unitDirectory: string): Desired {
  const files = [...desired.files.values()].map((file): HostFile => {
    const path = file.path.replace(/^\/etc\/systemd\/system/, unitDirectory);
    return { ...file, path };
  });
  const layout = { ...desired.layout, unitDirectory };
  return { ...desired, layout, files: new Map(files.map((file) => [file.path, file])) };
}

function show({ severity, code, file, line }: Diagnostic): string {
  return `${severity === "error" ? "✖" : "!"} ${file}${line === undefined ? "" : `:${line}`} ${code}`;
}

const isMissing = !isInstalled("systemd-analyze") && process.env["CI"] !== "true";

describe.skipIf(isMissing)("systemd-analyze", () => {
  it("finds nothing in a good set, and the stage is gone afterwards", async () => {
    const files = {
      "units/web.service": `${run}[Install]\nWantedBy=multi-user.target\nAlias=www.service\n`,
      "units/web.service.d/10-limits.conf": "[Service]\nTasksMax=10\n",
      "units/web.socket": "[Socket]\nListenStream=/run/web.sock\n",
      "units/worker@.service": run,
      "units/user.service": `[Unit]\nRequires=www.service worker@one.service\n${run}`,
    };
    const links = { "units/worker@one.service": "worker@.service", "units/bad.service": "/dev/null" };
    expect(await verify({ files, links, units: { "worker@.service": { instances: ["two"] } } })).toEqual([]);
    expect(await readdir(staging)).toEqual([]);
  });

  it("names the repository's path and line, also in a drop-in with an odd name", async () => {
    const files = {
      "units/a.service": `${run}RestartSec=soon\n`,
      "units/a.service.d/10 odd: name.conf": "[Service]\nTypo=1\n",
      "hosts/h1/units/b.timer": "[Timer]\nOnCalendar=evry day\nUnit=a.service\n",
    };
    expect((await verify({ files })).map(show)).toEqual([
      "✖ hosts/h1/units/b.timer:2 invalid-calendar",
      "✖ units/a.service:3 invalid-duration",
      "! units/a.service.d/10 odd: name.conf:2 unknown-key",
    ]);
  });

  it("reads units whose names have colons and escapes", async () => {
    const files = {
      "units/a:b.service": `${run}RestartSec=soon\n`,
      "units/c\\x2dd.service": `${run}RestartSec=soon\n`,
      "units/e.service": `${run}RestartSec=soon\n`,
    };
    expect((await verify({ files })).map(show)).toEqual([
      "✖ units/a:b.service:3 invalid-duration",
      "✖ units/c\\x2dd.service:3 invalid-duration",
      "✖ units/e.service:3 invalid-duration",
    ]);
  });

  it("suggests keys that this very systemd knows", async () => {
    const [finding] = await verify({ files: { "units/a.service": `${run}MemoryMxa=1G\n` } });
    expect(finding?.hint).toBe("did you mean MemoryMax=?");
  });

  it("judges a drop-in for a unit that the distribution owns", async () => {
    const files = { "units/systemd-journald.service.d/10.conf": "[Service]\nTimeoutStopSec=soon\n" };
    expect((await verify({ files })).map(show)).toEqual([
      "✖ units/systemd-journald.service.d/10.conf:2 invalid-duration",
    ]);
  });

  it.each([
    ["for a type", "units/mount.d/10.conf", "[Mount]\nTimeoutSec=soon\n", "invalid-duration"],
    ["for a prefix", "units/foo-.timer.d/10.conf", "[Timer]\nOnCalendar=whenever\n", "invalid-calendar"],
    [
      "for a unit elsewhere",
      "units/there.service.d/10.conf",
      "[Service]\nExecStart=\nExecStart=a/b\n",
      "unit-not-loadable",
    ],
    [
      "for a template elsewhere",
      "units/t@.socket.d/10.conf",
      "[Socket]\nTimeoutSec=soon\n",
      "invalid-duration",
    ],
  ])("judges a drop-in %s, which no unit of the revision obeys", async (_, file, text, code) => {
    const found = await verify({ files: { [file]: text } });
    expect(found.map(show)).toEqual([`✖ ${file}:${text.split("\n").length - 1} ${code}`]);
    expect(await verify({ files: { [file]: text, "units/a.service": run } })).toEqual(found);
  });

  it("names the same place every time, however large the files are that are staged at once", async () => {
    const files = {
      "units/a.service": `${run}${"# a long fragment\n".repeat(100_000)}`,
      "units/a.service.d/10.conf": "[Service]\nExecStart=\n",
    };
    const found = await verify({ files });
    expect(found.map(show)).toEqual(["✖ units/a.service.d/10.conf:2 unit-not-loadable"]);
  });

  it("finds nothing wrong with a drop-in for the units of others that is good", async () => {
    const files = Object.fromEntries(
      unitTypes.map((type) => [`units/${type}.d/10.conf`, "[Unit]\nDescription=x\n"]),
    );
    expect(await verify({ files })).toEqual([]);
  });

  it("comes to an end with a hundred thousand mistakes in one file", async () => {
    const words = Array.from({ length: 100_000 }, (_, index) => `Key${(index * 7919).toString(36)}xyz=1\n`);
    const found = await verify({ files: { "units/a.service": `${run}${words.join("")}` } });
    expect(found).toHaveLength(100_000);
  }, 30_000);

  it("counts what others put into the unit directory, but not what an earlier revision did", async () => {
    const files = { "units/a.service": `[Unit]\nRequires=foreign.service alias.service\n${run}` };
    const host = {
      files: { "foreign.service": run, "alias.service": "->foreign.service", "old.service": run },
      owned: ["old.service"],
    };
    expect(await verify({ files }, host)).toEqual([]);
    const [finding] = await verify(
      { files: { "units/a.service": `[Unit]\nRequires=old.service\n${run}` } },
      { owned: host.owned },
    );
    expect(finding).toMatchObject({ code: "missing-dependency", line: 2 });
  });

  it("does not let a drop-in that the revision removes hide that the unit is broken without it", async () => {
    const host = { files: { "a.service.d/10.conf": run }, owned: ["a.service.d/10.conf"] };
    const files = { "units/a.service": "[Service]\nType=simple\n" };
    expect((await verify({ files }, host)).map(show)).toEqual(["✖ units/a.service unit-not-loadable"]);
    // The same drop-in of somebody else stays, and so does what it does for the unit.
    expect(await verify({ files })).toEqual([]);
  });

  it("takes more units than one run is given", async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 600; index += 1) files[`units/u${index}.service`] = run;
    files["units/u7.service"] = `${run}RestartSec=soon\n`;
    files["units/u599.service"] = `[Unit]\nRequires=u0.service\n${run}Typo=1\n`;
    expect((await verify({ files })).map(show)).toEqual([
      "! units/u599.service:5 unknown-key",
      "✖ units/u7.service:3 invalid-duration",
    ]);
  });

  it("removes stages that a killed agent left, and nothing else", async () => {
    await mkdir(join(staging, "gitops-agent-verify-AbCd12", "units"), { recursive: true });
    await utimes(join(staging, "gitops-agent-verify-AbCd12"), 1, 1);
    await mkdir(join(staging, "gitops-agent-verify-Fresh1"));
    await writeFile(join(staging, "gitops-agent-verify-notes"), "mine");
    await verify({ files: { "units/a.service": run } });
    expect((await readdir(staging)).toSorted()).toEqual([
      "gitops-agent-verify-Fresh1",
      "gitops-agent-verify-notes",
    ]);
  });
});

describe("a checker", () => {
  /** Puts a shell script in the place of systemd-analyze. */
  async function replaceAnalyze(script: string): Promise<void> {
    const bin = join(directory, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "systemd-analyze"), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, "systemd-analyze"), 0o755);
    vi.stubEnv("PATH", `${bin}:/usr/bin:/bin`);
  }

  const text = { files: { "units/a.service": run } };

  it("that is not installed ends in one warning, not in an error", async () => {
    vi.stubEnv("PATH", join(directory, "empty"));
    expect(await verify(text)).toMatchObject([{ severity: "warning", code: "not-verified" }]);
    expect(await readdir(staging)).toEqual([]);
  });

  it("sees nothing of our environment, runs no generator, and reads a private stage", async () => {
    vi.stubEnv("SECRET", "s3cret");
    vi.stubEnv("JOURNAL_STREAM", "8:1");
    await replaceAnalyze(`
      if [ "$1" = unit-paths ]; then echo /usr/lib/systemd/system; exit 0; fi
      { echo "$@"; env; stat -c %a "\${SYSTEMD_UNIT_PATH%%/units:*}"; } >"${directory}/seen"`);
    expect(await verify(text)).toEqual([]);
    const seen = await readFile(join(directory, "seen"), "utf8");
    expect(seen).toMatch(/^verify --man=no --generators=no --system -- \S+\/units\/a\.service\n/);
    expect(seen).not.toMatch(/SECRET|JOURNAL_STREAM/);
    expect(seen).toMatch(/^LC_ALL=C$/m);
    expect(seen).toMatch(/\n700\n$/);
  });

  it("is read by its messages, whatever its exit code", async () => {
    await replaceAnalyze(
      '[ "$1" = unit-paths ] || { echo "Unit a.service has a bad unit file setting." >&2; exit 0; }',
    );
    expect((await verify(text)).map(show)).toEqual(["✖ units/a.service unit-not-loadable"]);
  });

  it("that fails without a word about our units rejects nothing", async () => {
    await replaceAnalyze('[ "$1" = unit-paths ] || exit 1');
    expect(await verify(text)).toEqual([]);
  });

  it("that is killed is a trouble of the world, to be tried again", async () => {
    await replaceAnalyze('[ "$1" = unit-paths ] || kill -9 $$');
    await expect(verify(text)).rejects.toMatchObject({ name: "AgentError", code: "systemd-unreachable" });
    expect(await readdir(staging)).toEqual([]);
  });

  it("is stopped when the agent stops", async () => {
    await replaceAnalyze(`[ "$1" = unit-paths ] || { echo >"${directory}/started"; exec sleep 600; }`);
    const controller = new AbortController();
    const verdict = verify(text, {}, controller.signal);
    await vi.waitFor(() => readFile(join(directory, "started")), { timeout: 20_000 });
    controller.abort(new Error("stopping"));
    await expect(verdict).rejects.toThrow("stopping");
    expect(await readdir(staging)).toEqual([]);
  });

  it("that never stops printing fills no memory, and what it did not get to say cannot pass", async () => {
    await replaceAnalyze('[ "$1" = unit-paths ] || exec yes "/x/y.service:1: Something" >&2');
    await expect(verify(text)).rejects.toMatchObject({ code: "repository-invalid" });
  });
});
