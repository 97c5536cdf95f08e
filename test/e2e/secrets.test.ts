/** Secrets from every layer reach who they are for, a rotation restarts these only, and people can write them. */
import { beforeAll, describe, expect, it } from "vitest";
import type { FixtureChanges } from "../support/git/git-fixture.ts";
import { AgentHost, repositoryPath } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const instances = ["w@one.service", "w@two.service", "w@three.service"];
const consumers = ["bare.service", "env.service", "layered.service", "other.service", ...instances];
const variablesPath = "secrets/env.service/app.env.age";

/** Names its credential itself, without a path, and finds it by %d. */
const bare = `[Service]
LoadCredential=token
ExecStart=/bin/sh -c 'echo "read $(cat %d/token)"; exec sleep infinity'
${enabled}`;
const gitopsYaml = `hosts: { h1: { roles: [media] } }
units: { w@.service: { instances: [one, two, three] } }
`;

describeOnEachRoot("secrets", (boot) => {
  let host: AgentHost;

  async function encryptEach(secrets: Readonly<Record<string, string>>): Promise<FixtureChanges> {
    const entries = Object.entries(secrets).map(
      async ([path, text]) => [path, await host.encrypt(text)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  function delivered(unit: string, name: string): Promise<string> {
    return host.machine.readFile(`/run/credentials/${unit}/${name}`);
  }

  async function environmentOf(unit: string): Promise<readonly string[]> {
    const { MainPID } = await host.machine.properties(unit, ["MainPID"]);
    return (await host.machine.readFile(`/proc/${MainPID}/environ`)).split("\0");
  }

  /** The consumers that a push interrupts. */
  async function restartedBy(changes: FixtureChanges): Promise<readonly string[]> {
    const before = await host.machine.invocationIds(consumers);
    await host.deploy(changes);
    const after = await host.machine.invocationIds(consumers);
    return consumers.filter((unit) => after.get(unit) !== before.get(unit));
  }

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({
      "gitops.yaml": gitopsYaml,
      "units/bare.service": bare,
      "units/env.service": sleeper(),
      "units/layered.service": sleeper(),
      "units/other.service": sleeper(),
      "units/w@.service": sleeper(),
      ...(await encryptEach({
        "secrets/bare.service/token.age": "bare-1",
        "secrets/other.service/token.age": "other-1",
        "secrets/w@.service/token.age": "template-1",
        "secrets/w@two.service/token.age": "two-1",
        "secrets/layered.service/a.age": "top-1",
        "roles/media/secrets/layered.service/a.age": "role-a-1",
        "roles/media/secrets/layered.service/b.age": "role-b-1",
        "roles/audio/secrets/layered.service/b.age": "of another role",
        "hosts/h1/secrets/layered.service/c.age": "host-1",
        "hosts/h2/secrets/layered.service/c.age": "of another host",
        [variablesPath]: "# for the app\nAPP_TOKEN='first value'\nAPP_MODE=fast\n",
      })),
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  it("of template, instance, top level, role and host reach their units, the later layer in place of the earlier", async () => {
    expect(await delivered("w@one.service", "token")).toBe("template-1");
    expect(await delivered("w@three.service", "token")).toBe("template-1");
    expect(await delivered("w@two.service", "token")).toBe("two-1");
    const layered = ["a", "b", "c"].map((name) => delivered("layered.service", name));
    expect(await Promise.all(layered)).toEqual(["role-a-1", "role-b-1", "host-1"]);
  });

  it("are found by a unit's own LoadCredential= without a path, and by %d", async () => {
    expect(await delivered("bare.service", "token")).toBe("bare-1");
    await host.machine.waitFor("the unit to have read it", async () =>
      (await host.machine.journal({ unit: "bare.service" })).includes("read bare-1"),
    );
  });

  it.each([
    ["a template", "secrets/w@.service/token.age", ["w@one.service", "w@three.service"]],
    ["one instance", "secrets/w@two.service/token.age", ["w@two.service"]],
    ["a role", "roles/media/secrets/layered.service/b.age", ["layered.service"]],
    ["this host", "hosts/h1/secrets/layered.service/c.age", ["layered.service"]],
    ["a layer that a later one hides", "secrets/layered.service/a.age", []],
    ["a unit with its own LoadCredential=", "secrets/bare.service/token.age", ["bare.service"]],
  ])("rotated for %s restart exactly who has them", async (_, path, expected) => {
    const changes = await encryptEach({ [path]: "rotated" });
    expect(await restartedBy(changes)).toEqual(expected);
    const name = path.split("/").at(-1)?.replace(".age", "") ?? "";
    for (const unit of expected) expect(await delivered(unit, name)).toBe("rotated");
  });

  it("added to a unit, and taken from it again, restart this unit, and leave no file behind", async () => {
    const path = "secrets/other.service/more.age";
    expect(await restartedBy(await encryptEach({ [path]: "more-1" }))).toEqual(["other.service"]);
    expect(await delivered("other.service", "more")).toBe("more-1");
    expect(await restartedBy({ [path]: null })).toEqual(["other.service"]);
    const left = await host.machine.shell("find /run/gitops-agent/credentials /run/credentials -name more");
    expect(left).toBe("");
  });

  it("encrypted anew with the same content restart nothing", async () => {
    const same = {
      "secrets/other.service/token.age": "other-1",
      "secrets/w@.service/token.age": "rotated",
      "hosts/h1/secrets/layered.service/c.age": "rotated",
      [variablesPath]: "# for the app\nAPP_TOKEN='first value'\nAPP_MODE=fast\n",
    };
    expect(await restartedBy(await encryptEach(same))).toEqual([]);
  });

  describe("as environment variables", () => {
    it("arrive in the environment, from a file for root only, in memory", async () => {
      const environment = await environmentOf("env.service");
      expect(environment).toEqual(expect.arrayContaining(["APP_TOKEN=first value", "APP_MODE=fast"]));
      const file = "/run/gitops-agent/credentials/current/env.service/app.env";
      expect(await host.machine.check(["stat", "-c", "%a %U %F", file])).toBe("400 root regular file");
      const { EnvironmentFiles } = await host.machine.properties("env.service", ["EnvironmentFiles"]);
      expect(EnvironmentFiles).toBe(`${file} (ignore_errors=no)`);
    });

    it("are new after a rotation, which restarts their unit only", async () => {
      const changes = await encryptEach({ [variablesPath]: "APP_TOKEN=second\n" });
      expect(await restartedBy(changes)).toEqual(["env.service"]);
      const environment = await environmentOf("env.service");
      expect(environment).toContain("APP_TOKEN=second");
      expect(environment.filter((variable) => variable.startsWith("APP_MODE"))).toEqual([]);
    });

    it.each([
      ["for a container", "secrets/app.container/app.env.age", "A=hidden-value\n", "container"],
      [
        "that systemd would print",
        variablesPath,
        "export APP_TOKEN=hidden-value\n",
        "line 1 is not NAME=value",
      ],
      ["with an open quote", variablesPath, "A=1\nB='hidden-value\n", "quote"],
      ["without any variable", variablesPath, "# hidden-value\n", "no assignment"],
    ])("are refused %s, with the file's name and not a word of its content", async (_, path, text, says) => {
      const before = await host.machine.invocationIds(consumers);
      const status = await host.pushAndWait(await encryptEach({ [path]: text }));
      expect(status.sync.state).toBe("rejected");
      expect(JSON.stringify(status.sync.rejection)).toContain(path);
      expect(JSON.stringify(status.sync.rejection)).toContain(says);
      expect(JSON.stringify(status) + (await host.machine.journal())).not.toContain("hidden-value");
      expect(await host.machine.invocationIds(consumers)).toEqual(before);
      await host.deploy({ [path]: path === variablesPath ? await host.encrypt("APP_TOKEN=second\n") : null });
    });
  });
});

describeOnEachRoot("people who write secrets with the command", (boot) => {
  const checkout = "/root/checkout";
  const secretPath = "secrets/web.service/token.age";
  let host: AgentHost;
  let admin: string;

  async function secret(stdin: string, ...args: readonly string[]) {
    return host.machine.run(["gitops-agent", "secret", ...args, "-C", checkout], { stdin });
  }

  async function pushCheckout(): Promise<void> {
    const author = "-c user.name=Alice -c user.email=alice@example.org";
    await host.machine.shell(
      `cd ${checkout}; git add -A; git ${author} commit -qm 'by hand'; git push -q origin HEAD:main`,
    );
    await host.waitUntilAttempted(await host.machine.check(["git", "-C", checkout, "rev-parse", "HEAD"]));
    expect((await host.status()).sync.state).toBe("in-sync");
  }

  async function configure(admins: readonly string[]): Promise<void> {
    const yaml = `admins: [${admins.join(", ")}]
hosts: { h1: { recipient: ${host.recipient} } }
defaults: { health: { settle: 300ms, timeout: 30s } }
`;
    await host.machine.writeFile(`${checkout}/gitops.yaml`, yaml);
  }

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({ "units/web.service": sleeper(), "units/other.service": sleeper() });
    await host.start();
    await host.waitUntilActive("web.service");
    await host.machine.check(["git", "clone", "--quiet", repositoryPath, checkout]);
    admin = await host.machine.check(["gitops-agent", "keygen", "-o", "/root/admin.txt"]);
    expect(admin).toMatch(/^age1[a-z0-9]{58}$/);
    await configure([admin]);
  });

  it("set a value from standard input, push it, and the service has it", async () => {
    const { exitCode, stdout } = await secret("s3cret\nof two lines", "set", "web.service/token");
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining(`wrote ${secretPath} for h1, admin age1`),
    ]);
    await pushCheckout();
    expect(await host.machine.readFile("/run/credentials/web.service/token")).toBe("s3cret\nof two lines");
    expect((await secret("", "check")).exitCode).toBe(0);
    const list = await secret("", "list");
    expect([list.exitCode, list.stdout]).toEqual([0, expect.stringMatching(/web\.service\/token +top +h1 /)]);
  });

  it("rekey after a recipient was added: no service restarts, and the new one can decrypt", async () => {
    const colleague = await host.machine.check(["gitops-agent", "keygen", "-o", "/root/colleague.txt"]);
    await configure([admin, colleague]);
    const missing = await secret("", "check");
    expect([missing.exitCode, missing.stdout]).toEqual([2, expect.stringContaining(secretPath)]);
    const units = ["web.service", "other.service"];
    const before = await host.machine.invocationIds(units);
    const wrong = await secret("", "rekey", "--identity", "/root/colleague.txt");
    expect([wrong.exitCode, wrong.stderr]).toEqual([3, expect.stringContaining(secretPath)]);
    const rekeyed = await secret("", "rekey", "--identity", "/root/admin.txt");
    expect([rekeyed.exitCode, rekeyed.stdout]).toEqual([0, expect.stringContaining(`rekeyed ${secretPath}`)]);
    expect((await secret("", "check")).exitCode).toBe(0);
    await pushCheckout();
    expect(await host.machine.invocationIds(units)).toEqual(before);
    const file = `${checkout}/${secretPath}`;
    const plaintext = await host.machine.check(["age", "--decrypt", "-i", "/root/colleague.txt", file]);
    expect(plaintext).toBe("s3cret\nof two lines");
  });

  it("are told by the exit code what is wrong", async () => {
    const codes = [
      [await secret("x", "set", "nowhere.service/token"), 2],
      [await secret("", "set", "web.service/token"), 2],
      [await secret("export A=1\n", "set", "web.service/app.env"), 2],
      [await secret("", "rekey", "--identity", "/root/none.txt"), 3],
      [await host.run("keygen", "-o", "/root/admin.txt"), 2],
    ] as const;
    expect(codes.map(([{ exitCode }]) => exitCode)).toEqual(codes.map(([, expected]) => expected));
    for (const [{ stderr }] of codes) expect(stderr).toMatch(/^error: /);
    expect(await host.machine.check(["git", "-C", checkout, "status", "--porcelain"])).toBe("");
  });
});
