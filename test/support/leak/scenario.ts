/**
 * Everything that happens to secrets on a host, with values that a scan can find: first sync, rotation, rollback, values that
 * are refused, reading commands, hand edits. Checks that each step went as meant; where the values are is for the test to say.
 */
import { expect } from "vitest";
import type { FixtureChanges } from "../git/git-fixture.ts";
import { AgentHost } from "../hosts/agent-host.ts";
import { enabled, sleeper } from "../texts/unit-texts.ts";
import { makeNeedle, type Needle } from "./scan.ts";

const tokenPath = "secrets/consumer.service/token.age";
const variablesPath = "secrets/env.service/app.env.age";
const consumer = `[Service]
ExecStart=/bin/sh -c 'grep -q ^secret-bad "$CREDENTIALS_DIRECTORY/token" && exit 7; exec sleep infinity'
${enabled}`;

/** A file of the repository that is nothing to the agent holds it. */
export const canary = makeNeedle("canary");
const tokens = {
  first: makeNeedle("first"),
  second: makeNeedle("second"),
  bad: makeNeedle("bad"),
  third: makeNeedle("third"),
};
const rotated = makeNeedle("fourth");
const variables = {
  old: makeNeedle("env-old"),
  current: makeNeedle("env-new"),
  refused: makeNeedle("env-bad"),
};
export const twenty = makeNeedles("bulk");
const never = makeNeedles("never");
const [template, added] = [makeNeedle("template"), makeNeedle("added")];
/** What units have in the end. */
export const current: readonly Needle[] = [rotated, added, variables.current, template, ...twenty];
/** What no unit has any more, or ever had. */
export const past = [...Object.values(tokens), variables.old, variables.refused, ...never];

function makeNeedles(name: string): readonly Needle[] {
  return Array.from({ length: 20 }, (_, index) => makeNeedle(`${name}-${index}`));
}

export class LeakScenario {
  /** What the commands printed, and the status after each push that was refused. */
  readonly said = new Map<string, string>();
  readonly #host: AgentHost;

  private constructor(host: AgentHost) {
    this.#host = host;
  }

  /** @param host with nothing pushed yet and the daemon stopped; log as JSON, at level debug */
  static async play(host: AgentHost): Promise<LeakScenario> {
    const scenario = new LeakScenario(host);
    await scenario.#play();
    return scenario;
  }

  async #play(): Promise<void> {
    await this.#host.push({
      "README.md": canary.text,
      "units/consumer.service": consumer,
      "units/env.service": sleeper(),
      "units/many.service": sleeper(),
      "units/w@.service": sleeper(),
      "gitops.yaml": "units:\n  w@.service: { instances: [one, two] }\n",
      [tokenPath]: await this.#host.encrypt(tokens.first.text),
      [variablesPath]: await this.#host.encrypt(`APP_TOKEN=${variables.old.text}\n`),
      "secrets/w@.service/token.age": await this.#host.encrypt(template.text),
      ...(await this.#encryptAll(twenty)),
    });
    await this.#host.start();
    await this.#host.machine.waitFor(
      "the first sync",
      async () => (await this.#host.status()).sync.state === "in-sync",
    );
    await this.#host.deploy({ [tokenPath]: await this.#host.encrypt(tokens.second.text) });
    await this.#pushRejected({ [tokenPath]: await this.#host.encrypt(tokens.bad.text) }, "unhealthy");
    await this.#host.deploy({ [tokenPath]: await this.#host.encrypt(tokens.second.text) });
    await this.#pushUnusable();
    await this.#configure("log: { level: debug, format: text }");
    await this.#readEverything();
    await this.#alterByHand();
    // The new name changes the drop-in, so what stands there is backed up.
    await this.#host.deploy({
      [tokenPath]: await this.#host.encrypt(rotated.text),
      "secrets/consumer.service/added.age": await this.#host.encrypt(added.text),
      "units/many.service": sleeper(),
    });
  }

  async #run(...args: readonly string[]): Promise<number> {
    const { stdout, stderr, exitCode } = await this.#host.run(...args);
    this.said.set(`gitops-agent ${args.join(" ")}, ${this.said.size}`, stdout + stderr);
    return exitCode;
  }

  async #pushRejected(changes: FixtureChanges, code: string): Promise<void> {
    const status = await this.#host.pushAndWait(changes);
    expect(status.sync.rejection?.code).toBe(code);
    this.said.set(`status after ${code}, ${this.said.size}`, JSON.stringify(status));
    expect(await this.#run("sync")).toBe(3);
  }

  async #encryptAll(needles: readonly Needle[]): Promise<FixtureChanges> {
    const entries = needles.map(async ({ text }, index) => {
      return [`secrets/many.service/k${index}.age`, await this.#host.encrypt(text)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  async #fingerprint(): Promise<unknown> {
    const units = ["consumer.service", "env.service", "many.service", "w@one.service", "w@two.service"];
    const places = "/etc /usr/local /run/gitops-agent/credentials";
    const files = await this.#host.machine.shell(`find ${places} -xdev -printf '%p %m %u %C@ %l\\n' | sort`);
    return { files, units: await this.#host.machine.invocationIds(units) };
  }

  async #configure(log: string): Promise<void> {
    const yaml = await this.#host.machine.readFile("/etc/gitops-agent/agent.yaml");
    await this.#host.machine.writeFile("/etc/gitops-agent/agent.yaml", yaml.replace(/^log:.*$/m, log));
  }

  /** A wrong key for one of 20 secrets, and environment variables that systemd would print to the journal. */
  async #pushUnusable(): Promise<void> {
    const before = await this.#fingerprint();
    const unusable = {
      ...(await this.#encryptAll(never)),
      "secrets/many.service/k13.age": await AgentHost.encryptForStranger(never[13]?.text ?? ""),
    };
    const others = { "units/many.service": sleeper("Environment=NEW=1\n"), "units/new.service": sleeper() };
    await this.#pushRejected({ ...unusable, ...others }, "secret-undecryptable");
    const refused = await this.#host.encrypt(`export APP_TOKEN=${variables.refused.text}\n`);
    await this.#pushRejected(
      { ...(await this.#encryptAll(twenty)), [variablesPath]: refused },
      "secret-undecryptable",
    );
    expect(await this.#fingerprint()).toEqual(before);
    await this.#host.deploy({
      [variablesPath]: await this.#host.encrypt(`APP_TOKEN=${variables.current.text}\n`),
      "units/many.service": sleeper(),
    });
  }

  async #readEverything(): Promise<void> {
    await this.#host.machine.check(["systemctl", "stop", "gitops-agent.service"]);
    await this.#host.push({
      [tokenPath]: await this.#host.encrypt(tokens.third.text),
      "units/many.service": sleeper("Nice=1\n"),
    });
    for (const command of ["plan", "plan --explain", "plan --json", "diff", "diff --json"]) {
      expect(await this.#run(...command.split(" ")), command).toBe(1);
    }
    for (const command of ["status", "status --json", "sync --json"]) await this.#run(...command.split(" "));
    await this.#host.machine.check(["git", "clone", "--quiet", "/srv/hosts.git", "/root/checkout"]);
    for (const command of ["list", "list --json", "check", "check --json"]) {
      await this.#run("secret", ...command.split(" "), "-C", "/root/checkout");
    }
    await this.#run("check", "/root/checkout");
  }

  /** Somebody alters a credential in memory, loses another, and edits the drop-in that names them. */
  async #alterByHand(): Promise<void> {
    const files = "/run/gitops-agent/credentials/current/many.service";
    await this.#host.machine.shell(`rm ${files}/k0; printf altered >${files}/k1`);
    const dropIn = "/etc/systemd/system/consumer.service.d/50-gitops-agent-credentials.conf";
    await this.#host.machine.shell(`echo '# mine' >>${dropIn}`);
    await this.#run("diff");
    await this.#host.machine.check(["systemctl", "start", "gitops-agent.service"]);
    await this.#host.machine.waitFor("the altered drop-in to be drift", async () =>
      (await this.#host.status()).drift.some(({ path }) => path === dropIn),
    );
  }
}
