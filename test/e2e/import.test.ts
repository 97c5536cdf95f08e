/** A server made by hand goes into git by `import`: not one process, byte or link changes. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost, repositoryPath } from "../support/hosts/agent-host.ts";
import { describeHandMadeServer, handMadeCommands } from "../support/hosts/hand-made-server.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";

const checkout = "/root/hosts";

interface ImportReport {
  readonly written: readonly { readonly path: string; readonly source: string }[];
  readonly rules: {
    readonly added: readonly { readonly keys: readonly string[]; readonly value: unknown }[];
  };
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  readonly secrets: readonly { readonly path: string; readonly line: number; readonly what: string }[];
}

describeOnEachRoot("a server made by hand", (boot) => {
  let host: AgentHost;
  let units: readonly string[];
  let runs: ReadonlyMap<string, string>;
  let bytes: string;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { agentYaml: "prune-limit: 100%" });
    const { machine } = host;
    for (const [path, text] of describeHandMadeServer()) await machine.writeFile(path, text);
    for (const command of handMadeCommands) await machine.check(command);
    await machine.check(["git", "init", "--quiet", "--initial-branch=main", checkout]);
    units = await listLoaded();
    runs = await machine.invocationIds(units);
    bytes = await listBytes();
  });

  const listLoaded = async () => {
    const listed = await host.machine.check([
      "systemctl",
      "list-units",
      "--plain",
      "--no-legend",
      "--state=active",
    ]);
    return listed
      .split("\n")
      .map((line) => line.split(" ")[0] ?? "")
      .filter((name) =>
        /^(?:app|job|echo|worker|stack|member|inbox|batch|srv-scratch|by-hand|linked|named|secret)/.test(
          name,
        ),
      );
  };

  /** Every file and link of /etc/systemd/system with its content, and the files that were made beside the units. */
  const listBytes = () =>
    host.machine.shell(
      "cd /; find etc/systemd/system etc/apps etc/secret usr/local/bin/app \\( -type f -printf '%p %m %u ' -exec sha256sum {} \\; \\) -o -type l -printf '%p -> %l\\n' | sort",
    );

  const runImport = async (...args: readonly string[]): Promise<ImportReport> => {
    const { stdout, stderr, exitCode } = await host.run("import", "--to", checkout, "--json", ...args);
    expect(exitCode, stderr).toBe(0);
    return JSON.parse(stdout) as ImportReport;
  };

  const push = (message: string) =>
    host.machine.shell(
      `cd ${checkout}; git add --all; git -c user.name=p -c user.email=p@example.org commit --quiet --message='${message}'; git push --quiet ${repositoryPath} main; git rev-parse HEAD`,
    );

  it("has each secret in plain text found, shown by name only, and left out", async () => {
    const { secrets, leftOut } = await runImport("--all-local", "--files", "--dry-run");
    expect(secrets.map(({ path, what }) => `${path} ${what}`).sort()).toEqual([
      "/etc/secret/token.env API_TOKEN",
      "/etc/systemd/system/secret-1.service Environment= DB_PASSWORD",
      "/etc/systemd/system/secret-2.service ExecStart= a URL with a password",
    ]);
    const reasons = new Map(leftOut.map(({ path, reason }) => [path, reason]));
    for (const { path } of secrets) expect(reasons.get(path)).toBe("it has a secret in plain text");
    expect(reasons.get("/etc/systemd/system/notes.txt")).toBe("systemd does not read it");
    const { stdout } = await host.run("import", "--all-local", "--files", "--dry-run", "--to", checkout);
    expect(stdout).not.toMatch(/corr3ct|t0psecret|wq8Hf0aZ2kLpR5/);
    expect(await host.machine.check(["ls", checkout])).toBe("");
  });

  it("is written into the directory of its host, with a rule where [Install] and the host disagree", async () => {
    const { written, rules } = await runImport("--all-local", "--files", "--keep-secrets");
    expect(written.length).toBeGreaterThan(80);
    expect(Object.fromEntries(rules.added.map(({ keys, value }) => [keys.join(" "), value]))).toEqual({
      "units by-hand.service enabled": false,
      "units idle.service enabled": false,
      "units worker@.service instances": ["mail", "video"],
      "files /etc/apps/1.env mode": "0640",
    });
    expect((await runImport("--all-local", "--files", "--keep-secrets")).written).toEqual([]);
    expect((await host.run("check", checkout)).stdout).toContain("h1");
  });

  it("is adopted by a sync, and nothing else is done to it", async () => {
    const commit = await push("the server as it is");
    const { steps } = JSON.parse((await host.run("plan", "--json")).stdout) as {
      readonly steps: readonly { readonly kind: string }[];
    };
    expect([...new Set(steps.map(({ kind }) => kind))].sort()).toEqual(["adopt", "daemon-reload"]);
    expect(steps.length).toBeGreaterThan(80);
    await host.start();
    const { sync } = await host.waitUntilAttempted(commit);
    expect({ state: sync.state, rejection: sync.rejection }).toEqual({ state: "in-sync", rejection: null });
    expect(await listBytes()).toBe(bytes);
    expect(await listLoaded()).toEqual(units);
    expect(await host.machine.invocationIds(units)).toEqual(runs);
    expect(units.length).toBeGreaterThan(45);
  });

  it("is git's from then on: what is removed there goes, and the rest stays", async () => {
    await host.machine.check(["git", "-C", checkout, "rm", "--quiet", "hosts/h1/units/app-7.service"]);
    await host.waitUntilAttempted(await push("without app-7"));
    expect(await host.machine.exists("/etc/systemd/system/app-7.service")).toBe(false);
    expect(await host.activeState("app-7.service")).toBe("inactive");
    const others = units.filter((unit) => unit !== "app-7.service");
    const after = await host.machine.invocationIds(others);
    for (const unit of others) expect(after.get(unit), unit).toBe(runs.get(unit));
  });

  it("has nothing left to import, and says so of what git has", async () => {
    const { written, leftOut } = await runImport("by-hand.service");
    expect(written).toEqual([]);
    expect(leftOut[0]?.reason).toBe("it comes from git already");
  });
});
