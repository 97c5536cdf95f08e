/** The status of services in a queue of a real RabbitMQ, while services and broker have all kinds of trouble. */
import { beforeAll, expect, it } from "vitest";
import type { EventMessage, PublishedMessage, UnitMessage } from "../../src/core/model/published.ts";
import { AgentHost, sourceInMachine } from "../support/hosts/agent-host.ts";
import { describeOnEachPeerRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const urlFile = "/etc/gitops-agent/amqp-url";
const password = "p4ssw0rd-of-the-broker";
const queue = "services";
/** The agent tries again after longer and longer pauses. */
const patienceMs = 120_000;
const names = Array.from({ length: 14 }, (_, index) => `service-${index + 1}`);

const [key, certificate] = ["/etc/rabbitmq/key.pem", "/etc/rabbitmq/certificate.pem"];
const tlsSettings = `
listeners.ssl.default = 5671
ssl_options.keyfile = ${key}
ssl_options.certfile = ${certificate}
`;

/** Takes all messages out of the queue, and prints each as a line. */
const drain = `
const { Connection } = require("${sourceInMachine}/node_modules/rabbitmq-client");
const rabbit = new Connection("amqp://agent:${password}@localhost");
(async () => {
  const channel = await rabbit.acquire();
  for (let got = await channel.basicGet("${queue}"); got !== undefined; got = await channel.basicGet("${queue}")) {
    console.log(JSON.stringify(got.body));
    channel.basicAck(got);
  }
  await channel.close();
  await rabbit.close();
})();
`;

describeOnEachPeerRoot("a queue of RabbitMQ", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    const agentYaml = `publish: { amqp: { url-file: ${urlFile}, queue: ${queue}, ca-file: ${certificate}, interval: 2s, units: [dbus.service] } }`;
    host = await AgentHost.boot(boot, { agentYaml });
    await host.machine.writeFile("/etc/rabbitmq/rabbitmq-env.conf", "NODENAME=rabbit@localhost\n");
    await host.machine.writeFile(urlFile, `amqps://agent:${password}@localhost\n`, 0o600);
    await host.machine.writeFile("/root/drain.cjs", drain);
    const certify =
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost";
    await host.machine.shell(`${certify} -keyout ${key} -out ${certificate}; chown rabbitmq: ${key}`);
    await host.machine.writeFile("/etc/rabbitmq/rabbitmq.conf", tlsSettings);
    await host.machine.shell(
      "systemctl unmask rabbitmq-server epmd.service epmd.socket; systemctl start rabbitmq-server",
    );
    await host.machine.shell(
      `rabbitmqctl add_user agent ${password}; rabbitmqctl set_permissions agent '.*' '.*' '.*'`,
    );
    await host.start();
    await host.deploy(
      Object.fromEntries(names.map((name) => [`units/${name}.service`, sleeper("Restart=no\n")])),
    );
  });

  const waitFor = <T>(what: string, probe: () => Promise<T | undefined | false>) =>
    host.machine.waitFor(what, probe, patienceMs);

  async function takeAll(): Promise<readonly PublishedMessage[]> {
    const text = await host.machine.check(["node", "/root/drain.cjs"]);
    return text.split("\n").flatMap((line) => (line === "" ? [] : (JSON.parse(line) as PublishedMessage)));
  }

  /** Waits until the queue says this of a unit. */
  async function waitForUnit(unit: string, isMeant: (message: UnitMessage) => boolean): Promise<UnitMessage> {
    return await waitFor(`the message about ${unit}`, async () => {
      const messages = (await takeAll()).filter((message) => message.kind === "unit");
      return messages.find((message) => message.unit === unit && isMeant(message));
    });
  }

  it("gets the status of each service, of a unit that git does not have, and of the host", async () => {
    const seen = new Map<string, UnitMessage>();
    await waitFor("a message about each unit", async () => {
      for (const message of await takeAll()) if (message.kind === "unit") seen.set(message.unit, message);
      return (
        names.every((name) => seen.get(`${name}.service`)?.activeState === "active") &&
        seen.has("dbus.service")
      );
    });
    expect(seen.get("service-1.service")).toMatchObject({
      host: "h1",
      managed: true,
      subState: "running",
      finding: null,
    });
    expect(seen.get("dbus.service")).toMatchObject({ managed: false, activeState: "active" });
    await waitFor("a message about the host", async () =>
      (await takeAll()).some((message) => message.kind === "host" && message.state === "in-sync"),
    );
  });

  it("gets what becomes of services that are killed, stopped, disabled or loop, and events as they happen", async () => {
    await host.machine.shell("systemctl kill --signal=KILL service-1; systemctl stop service-2");
    await waitForUnit(
      "service-1.service",
      ({ activeState, mainExit }) => activeState === "failed" && mainExit?.how === "killed",
    );
    await waitForUnit(
      "service-2.service",
      ({ activeState, finding }) => activeState === "inactive" && finding?.word === "stopped",
    );
    const loops =
      "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=\nExecStart=/bin/false\nRestart=always\nRestartSec=100ms\n";
    await host.machine.shell("systemctl disable --now --quiet service-3");
    await waitForUnit("service-3.service", ({ activeState }) => activeState === "inactive");
    await host.machine.writeFile("/etc/systemd/system/service-4.service.d/loop.conf", loops);
    await host.machine.shell("systemctl daemon-reload; systemctl restart service-4 || true");
    await waitForUnit(
      "service-4.service",
      ({ restarts, finding }) => (restarts ?? 0) > 2 && finding !== null,
    );
    await host.machine.shell(
      "rm -r /etc/systemd/system/service-4.service.d; systemctl daemon-reload; systemctl restart service-4",
    );
    await host.machine.shell("systemctl enable --quiet --now service-3; systemctl start service-1 service-2");
    await waitFor("the host to be in sync", async () => (await host.status()).sync.state === "in-sync");
    await takeAll();
    await host.deploy({ "units/service-5.service": sleeper("Restart=no\nEnvironment=V=2\n") });
    await waitFor("the restart as an event", async () =>
      (await takeAll()).some(
        (message) =>
          message.kind === "event" &&
          message.event === "unit.restarted" &&
          message.fields["unit"] === "service-5.service",
      ),
    );
  });

  it("that is away for a while gets all events after that, in their order, and the newest status alone", async () => {
    await takeAll();
    await host.machine.check(["systemctl", "stop", "rabbitmq-server"]);
    for (const value of [3, 4, 5]) {
      await host.deploy({ "units/service-5.service": sleeper(`Restart=no\nEnvironment=V=${value}\n`) });
    }
    await waitFor("the failure to be told", async () =>
      (await host.journal()).includes("sink.failed sink=amqp"),
    );
    await host.machine.check(["systemctl", "start", "rabbitmq-server"]);
    const got: PublishedMessage[] = [];
    await waitFor("all restarts", async () => {
      got.push(...(await takeAll()));
      return (
        got.filter((message) => message.kind === "event" && message.event === "unit.restarted").length >= 3
      );
    });
    const events = got.filter((message): message is EventMessage => message.kind === "event");
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted());
    expect(events.filter(({ event }) => event === "revision.applied")).toHaveLength(3);
    await waitFor("the recovery to be told", async () =>
      (await host.journal()).includes("sink.recovered sink=amqp lost=0"),
    );
  });

  it("that was deleted is made again, and the messages are in it", async () => {
    await host.machine.check(["rabbitmqctl", "delete_queue", queue]);
    await waitFor("the queue to be there again", async () => {
      const { exitCode, stdout } = await host.machine.run(["node", "/root/drain.cjs"]);
      return exitCode === 0 && stdout.includes("service-1.service");
    });
  });

  it("that refuses the password is told with the file of the URL, and never with the password", async () => {
    await host.machine.check(["rabbitmqctl", "change_password", "agent", "another"]);
    await host.machine.check(["rabbitmqctl", "close_all_connections", "test"]);
    await waitFor("the refusal to be told", async () =>
      (await host.journal()).includes(`refuses the user or the password of the URL in ${urlFile}`),
    );
    expect((await host.run("sync")).exitCode).toBe(0);
    expect(await host.journal()).not.toContain(password);
    await host.machine.check(["rabbitmqctl", "change_password", "agent", password]);
    await waitForUnit("service-1.service", ({ activeState }) => activeState === "active");
  });

  it("that is full loses no event: they are there when there is room", async () => {
    await host.machine.check(["systemctl", "stop", "gitops-agent"]);
    await host.machine.check(["rabbitmqctl", "delete_queue", queue]);
    const policy = '{"max-length": 1, "overflow": "reject-publish"}';
    await host.machine.check(["rabbitmqctl", "set_policy", "full", queue, policy, "--apply-to", "queues"]);
    await host.start();
    await host.deploy({ "units/service-5.service": sleeper("Restart=no\nEnvironment=V=9\n") });
    await waitFor("the refusal to be told", async () =>
      (await host.journal()).includes("refuses the message: is the queue services full?"),
    );
    await host.machine.check(["rabbitmqctl", "clear_policy", "full"]);
    await waitFor("the restart as an event", async () =>
      (await takeAll()).some((message) => message.kind === "event" && message.event === "unit.restarted"),
    );
  });
});
