/**
 * Two states of a repository, a and b, that differ in a unit of every kind; and what must come of going from one to the
 * other. Data, and what brings the host into the situation that each way starts from. Knows nothing of faults.
 */

import type { FixtureChanges, FixtureEntry } from "../git/git-fixture.ts";
import type { AgentHost } from "../hosts/agent-host.ts";
import { enabled } from "../texts/unit-texts.ts";

export type StateName = "a" | "b";

export type RepositoryState = Readonly<Record<string, Exclude<FixtureEntry, null>>>;

/** Units whose invocation must be another one after going from a to b or back, and who must be running then. */
export const interrupted: readonly string[] = [
  "changed.service",
  "reader.service",
  "consumer.service",
  "foreign.service",
  "former.service",
  "echo.socket",
  "echo.service",
  "inbox.path",
  "srv-moved.mount",
  "bound.service",
  "w@kept.service",
  "w@manual.service",
  "failed.service",
];

/** Units that run all the time with one invocation. */
export const undisturbed: readonly string[] = [
  "stays.service",
  "spared.service",
  "app.target",
  "app.slice",
  "night.timer",
  "srv-cache.mount",
];

/** Units that only one of the states has. */
export const onlyIn: Readonly<Record<StateName, readonly string[]>> = {
  a: ["removed.service", "doomed.service", "old.timer", "srv-old.mount", "quiet.service", "w@gone.service"],
  b: ["newcomer.service", "taken.service", "w@fresh.service"],
};

export const allUnits: readonly string[] = [...interrupted, ...undisturbed, ...onlyIn.a, ...onlyIn.b];

/** A service whose process tells by its environment which version of its definition it runs. */
function service(version: StateName, body = "", install = enabled): string {
  return `[Service]\nExecStart=/bin/sleep infinity\nEnvironment=V=${version}\n${body}${install}`;
}

/** Options of a mount that stays mounted; the kernel takes them by a remount only. */
export const cacheOptions: Readonly<Record<StateName, readonly string[]>> = {
  a: ["size=1024k", "nosuid"],
  b: ["size=2048k", "noexec"],
};

function mount(name: string, options: string, source = "tmpfs"): string {
  return `[Mount]\nWhat=${source}\nWhere=/srv/${name}\nType=tmpfs\nOptions=${options}\n${enabled}`;
}

/** The whole repository in each state. `encrypt` makes what only this host can decrypt. */
export async function makeStates(
  encrypt: (plaintext: string) => Promise<string>,
): Promise<Readonly<Record<StateName, RepositoryState>>> {
  const secrets = {
    a: {
      "secrets/consumer.service/token.age": await encrypt("token-a"),
      "secrets/consumer.service/old.age": await encrypt("only-in-a"),
    },
    b: {
      "secrets/consumer.service/token.age": await encrypt("token-b"),
      "secrets/consumer.service/fresh.age": await encrypt("only-in-b"),
      "secrets/newcomer.service/key.age": await encrypt("of-the-newcomer"),
    },
  };
  const same = {
    "units/stays.service": service("a"),
    "units/echo.service": service("a"),
    "units/night.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
  };
  return {
    a: { ...same, ...makeBoth("a"), ...secrets.a, ...onlyA },
    b: { ...same, ...makeBoth("b"), ...secrets.b, ...onlyB },
  };
}

/** What both states have, each in its own version. */
function makeBoth(v: StateName): RepositoryState {
  const isA = v === "a";
  const alias = isA ? "Alias=web.service\n" : "";
  return {
    "gitops.yaml": makeConfig(v),
    "units/changed.service": `[Unit]\nStartLimitIntervalSec=0\n${service(v, "Restart=always\nRestartSec=0\n", `${enabled}${alias}`)}`,
    "units/failed.service": service(v),
    // systemd stops it together with what b removes.
    "units/bound.service": `${isA ? "[Unit]\nRequires=removed.service\nAfter=removed.service\n" : ""}${service(v)}`,
    // Inert, live and enablement: all that changes about it needs no restart.
    "units/spared.service": `# version ${v}\n${service("a", `TimeoutStopSec=${isA ? 20 : 30}\n`, `[Install]\nWantedBy=${isA ? "multi-user" : "app"}.target\n`)}`,
    "units/reader.service": service("a", "EnvironmentFile=/etc/faults/environment\n"),
    "files/etc/faults/environment": `V=${v}\n`,
    "files/etc/faults/mode": "the same\n",
    "units/consumer.service": service("a"),
    "units/foreign.service.d/50-version.conf": `[Service]\nEnvironment=V=${v}\n`,
    "units/echo.socket": `[Socket]\nListenStream=/run/echo-${v}.sock\n[Install]\nWantedBy=sockets.target\n`,
    "units/inbox.path": `[Path]\nPathExists=/run/inbox-${v}\nUnit=night.service\n[Install]\nWantedBy=paths.target\n`,
    "units/night.timer": `[Timer]\nOnCalendar=${isA ? 2098 : 2097}-01-01\n[Install]\nWantedBy=timers.target\n`,
    "units/app.target": `[Unit]\nWants=stays.service${isA ? "" : " newcomer.service"}\n${enabled}`,
    "units/app.slice": `[Slice]\nTasksMax=${isA ? 1000 : 2000}\n${enabled}`,
    // Its options alone are mounted anew in place; another source is another mount.
    "units/srv-cache.mount": mount("cache", cacheOptions[v].join(",")),
    "units/srv-moved.mount": mount("moved", "size=1m", `tmpfs-${v}`),
    "units/w@.service": service(v),
  };
}

function makeConfig(version: StateName): string {
  const isA = version === "a";
  return [
    "defaults: { health: { settle: 0s, timeout: 30s } }",
    `units: { w@.service: { instances: [kept, ${isA ? "gone" : "fresh"}] } }`,
    `files: { /etc/faults/mode: { mode: "${isA ? "0640" : "0600"}", group: ${isA ? "gitops-agent" : "root"} } }`,
    "",
  ].join("\n");
}

const onlyA: RepositoryState = {
  "units/removed.service": service("a"),
  "units/doomed.service": service("a"),
  "units/old.timer":
    "[Timer]\nOnCalendar=2099-01-01\nPersistent=yes\nUnit=night.service\n[Install]\nWantedBy=timers.target\n",
  "units/srv-old.mount": mount("old", "size=1m"),
  "units/quiet.service": service("a"),
  "units/former.service.d/50-version.conf": "[Service]\nEnvironment=V=a\n",
};

const onlyB: RepositoryState = {
  "units/newcomer.service": service("b"),
  "units/taken.service": service("b"),
  "units/quiet.service": { symlink: "/dev/null" },
  "units/nick.service": { symlink: "stays.service" },
  // Alone in its directory.
  "files/etc/faults/tools/tool": { mode: "executable", content: "#!/bin/sh\n" },
};

/** What a commit must change to turn one state into the other. */
export function diffStates(from: RepositoryState, to: RepositoryState): FixtureChanges {
  const removed = Object.keys(from).filter((path) => to[path] === undefined);
  return { ...Object.fromEntries(removed.map((path) => [path, null])), ...to };
}

/** Units that the distribution brought: one of each is extended in both states, in one, and replaced in the other. */
const distributionUnits = ["foreign.service", "former.service", "taken.service"];

export async function installDistributionUnits({ machine }: AgentHost): Promise<void> {
  for (const unit of distributionUnits) {
    await machine.writeFile(
      `/usr/local/lib/systemd/system/${unit}`,
      `[Service]\nExecStart=/bin/sleep infinity\nEnvironment=V=distribution\n${enabled}`,
    );
  }
  await machine.check(["systemctl", "daemon-reload"]);
  await machine.check(["systemctl", "start", ...distributionUnits]);
}

/** What a boot does not start, because nothing enables it, but a host in the given state runs. */
export async function startUnenabled({ machine }: AgentHost, state: StateName): Promise<void> {
  // In state b, taken.service is the repository's, which enables it.
  const distributions = state === "a" ? distributionUnits : ["foreign.service", "former.service"];
  await machine.check(["systemctl", "start", ...distributions, "w@manual.service"]);
}

/**
 * The situation in which the way from `from` begins: the distribution's unit runs that the other state replaces, the
 * units that shall have failed have, and an instance runs that nobody declared.
 */
export async function arrange({ machine }: AgentHost, from: StateName): Promise<void> {
  const failing = from === "a" ? "failed.service doomed.service" : "failed.service";
  const start = from === "a" ? "taken.service w@manual.service" : "w@manual.service";
  const script = [
    `systemctl start ${start}`,
    `systemctl kill --signal=KILL ${failing}`,
    `for unit in ${failing}; do until [ "$(systemctl is-active $unit)" = failed ]; do sleep 0.02; done; done`,
  ];
  await machine.shell(script.join("\n"));
}

/** Life goes on while no agent runs: a service crashes, and systemd restarts it with whatever definition it has loaded. */
export async function crashService({ machine }: AgentHost): Promise<void> {
  const script = [
    "read_pid() { systemctl show --property=MainPID --value changed.service; }",
    "before=$(read_pid)",
    "systemctl kill --signal=KILL changed.service",
    'until now=$(read_pid); [ "$now" -gt 0 ] && [ "$now" != "$before" ]; do sleep 0.02; done',
  ];
  await machine.shell(script.join("\n"));
}
