/** A git server that is away, mute or mad, and a clone that rots: through the daemon, to the end. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const clone = "/var/lib/gitops-agent/repository.git";
const units = ["a.service", "b.service"];
const servers = {
  good: ["git", "daemon", "--reuseaddr", "--export-all", "--base-path=/srv", "--listen=127.0.0.1"],
  mad: makeServer(
    "socket.end('HTTP/1.1 200 OK\\\\r\\\\n\\\\r\\\\n<html>welcome to the captive portal</html>')",
  ),
  mute: makeServer("socket.on('error', () => {})"),
};

/** Answers whoever connects to git's port as `answer` says. */
function makeServer(answer: string): readonly string[] {
  return ["node", "-e", `require('net').createServer((socket) => { ${answer} }).listen(9418, '127.0.0.1')`];
}

describeOnEachRoot("a daemon whose source fails", (boot) => {
  let host: AgentHost;
  let before: ReadonlyMap<string, string>;
  let version = 0;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { repositoryUrl: "git://127.0.0.1/hosts.git" });
    await host.push(makeChange());
    await serve("good");
    await host.start();
    await waitUntilVersion();
  });

  beforeEach(async () => {
    before = await host.machine.invocationIds(units);
  });

  function makeChange() {
    version += 1;
    return { "units/a.service": sleeper(`Environment=V=${version}\n`), "units/b.service": sleeper() };
  }

  async function serve(server: keyof typeof servers): Promise<void> {
    const { machine } = host;
    await machine.run(["systemctl", "stop", "git-server.service"]);
    await machine.check(["systemd-run", "--quiet", "--collect", "--unit=git-server", ...servers[server]]);
    await machine.shell("until exec 3<>/dev/tcp/127.0.0.1/9418; do sleep 0.05; done 2>/dev/null");
  }

  /** No waiting for the interval, which has become long after failures: the next round is asked for. */
  async function waitUntilVersion(): Promise<void> {
    await host.machine.waitFor(
      "the newest version",
      async () => {
        const { Environment } = await host.machine.properties("a.service", ["Environment", "ActiveState"]);
        return Environment === `V=${version}` && (await host.status()).sync.state === "in-sync";
      },
      60_000,
    );
  }

  async function expectOneRestart(): Promise<void> {
    await waitUntilVersion();
    const after = await host.machine.invocationIds(units);
    expect(units.filter((unit) => after.get(unit) !== before.get(unit))).toEqual(["a.service"]);
    expect((await host.status()).drift).toEqual([]);
  }

  it("leaves the services alone when the server answers rubbish, says so, and goes on by itself", async () => {
    const { machine } = host;
    const since = await machine.check(["date", "+@%s"]);
    await serve("mad");
    await machine.waitFor("the agent to notice", async () => (await host.status()).source.failure !== null);
    const { source } = await host.status();
    expect(source.failure?.code).toBe("repository-unreachable");
    expect(source.failure?.since).toMatch(/^\d{4}-/);
    expect(await machine.invocationIds(units)).toEqual(before);
    await host.push(makeChange());
    await serve("good");
    await expectOneRestart();
    const journal = await machine.journal({ unit: "gitops-agent.service", since });
    expect(journal.match(/repository\.failed/g)).toHaveLength(1);
    expect(journal).toContain("repository.recovered");
    expect((await host.status()).source.failure).toBeNull();
  });

  it("answers and can be stopped while the server says nothing, and goes on at its next start", async () => {
    const { machine } = host;
    await serve("mute");
    await machine.waitFor("the agent to ask the server", async () =>
      /git (fetch|ls-remote)/.test(await machine.shell("ps -eo args")),
    );
    expect((await host.status()).agent.running).toBe(true);
    await machine.check(["systemctl", "stop", "gitops-agent.service"]);
    expect(await machine.properties("gitops-agent.service", ["Result"])).toEqual({ Result: "success" });
    await host.push(makeChange());
    await serve("good");
    await host.start();
    await expectOneRestart();
  });

  const damages = {
    "HEAD is gone": `rm ${clone}/HEAD`,
    "every object is cut in half": `find ${clone}/objects -type f | while read -r file; do chmod u+w "$file"; truncate --size=$(($(stat -c %s "$file") / 2)) "$file"; done`,
    "it is gone as a whole": `rm -r ${clone}`,
  };
  for (const [damage, command] of Object.entries(damages)) {
    it(`makes its clone anew when ${damage}, and remembers all else`, async () => {
      await host.machine.shell(command);
      await host.push(makeChange());
      await host.machine.check(["systemctl", "reload", "gitops-agent.service"]);
      await expectOneRestart();
      await host.machine.check(["git", "--git-dir", clone, "fsck", "--full"]);
      expect((await host.run("plan")).exitCode).toBe(0);
    });
  }

  it("needs one sync, not two, for a clone that lost what it has to read next, also without a daemon", async () => {
    const { machine } = host;
    await machine.check(["systemctl", "stop", "gitops-agent.service"]);
    await host.push(makeChange());
    expect((await host.run("plan")).exitCode).toBe(1);
    await machine.shell(
      `git --git-dir ${clone} gc --quiet; find ${clone}/objects -name '*.pack' -exec chmod u+w {} + -exec truncate --size=100 {} +`,
    );
    const sync = await host.run("sync");
    expect(sync.stderr).toBe("");
    expect(sync.exitCode).toBe(0);
    await host.start();
    await expectOneRestart();
  });
});
