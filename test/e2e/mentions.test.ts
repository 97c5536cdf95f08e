/** A changed file restarts the services that mention it, in whatever syntax, exactly once, and no other. */
import { beforeAll, describe, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const sleeper = (lines: string) => `[Service]\n${lines}\n${enabled}`;
const shell = (script: string) => sleeper(`ExecStart=/bin/sh -c '${script}; exec sleep inf'`);

/** Unit → its text and the path of the file that it mentions. */
const cases: Readonly<Record<string, readonly [text: string, path: string]>> = {
  "input.service": [shell("cat </etc/mentions/input"), "/etc/mentions/input"],
  "substitution.service": [shell("echo $$(cat /etc/mentions/substitution)"), "/etc/mentions/substitution"],
  "pipe.service": [shell("cat /etc/mentions/pipe|cat"), "/etc/mentions/pipe"],
  "conjunction.service": [shell("cat /etc/mentions/conjunction&& true"), "/etc/mentions/conjunction"],
  "braces.service": [shell("echo {/etc/mentions/braces}"), "/etc/mentions/braces"],
  "url.service": [
    sleeper("ExecStart=/bin/sleep inf\nEnvironment=CONF=file:///etc/mentions/url"),
    "/etc/mentions/url",
  ],
  "quoted.service": [shell('cat "/etc/mentions/two words"'), "/etc/mentions/two words"],
  "escaped.service": [
    sleeper("ExecStart=/bin/sleep inf\nExecStartPre=/bin/cat /etc/mentions/three\\x20more\\x20words"),
    "/etc/mentions/three more words",
  ],
  "instance@one.service": [
    sleeper("ExecStart=/bin/sleep inf\nEnvironmentFile=/etc/mentions/%i.env"),
    "/etc/mentions/one.env",
  ],
  "working.service": [
    sleeper("ExecStart=/bin/sleep inf\nWorkingDirectory=/opt/working"),
    "/opt/working/deep/app.py",
  ],
  "program.service": [sleeper("ExecStart=/opt/program/bin/run"), "/opt/program/lib/part.sh"],
  "configured.service": [
    sleeper("ExecStart=/bin/sleep inf\nConfigurationDirectory=configured"),
    "/etc/configured/x.conf",
  ],
  "shared.service": [
    sleeper("ExecStart=/usr/local/bin/mentions-run\nWorkingDirectory=/etc\nReadWritePaths=/opt /usr"),
    "/usr/local/bin/mentions-run",
  ],
};
const units = Object.keys(cases);
const run = { mode: "executable" as const, content: "#!/bin/sh\nexec sleep inf\n" };
/** Below directories that a service names, but that are nobody's own. */
const sharedFiles = ["/etc/mentions-note", "/usr/local/bin/mentions-other", "/opt/mentions-note"];

describeOnEachRoot("a changed file", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.start();
    await host.deploy({
      ...Object.fromEntries(
        Object.entries(cases).flatMap(([unit, [text, path]]) => [
          [`units/${unit.replace("@one", "@")}`, text],
          [`files${path}`, "A=1\n"],
        ]),
      ),
      ...Object.fromEntries(sharedFiles.map((path) => [`files${path}`, "one\n"])),
      "files/opt/program/bin/run": run,
      "files/usr/local/bin/mentions-run": run,
      "gitops.yaml": "units: { instance@.service: { instances: [one] } }\n",
    });
  });

  /** The units that run with another invocation after the push; each must have been started only once more. */
  async function listRestarted(
    files: Readonly<Record<string, string | typeof run>>,
  ): Promise<readonly string[]> {
    const [before, started] = [await host.machine.invocationIds(units), await countStarts()];
    await host.deploy(files);
    const [after, startedSince] = [await host.machine.invocationIds(units), await countStarts()];
    const restarted = units.filter((unit) => before.get(unit) !== after.get(unit));
    expect(units.filter((unit) => startedSince.get(unit) !== started.get(unit))).toEqual(restarted);
    for (const unit of restarted) expect(startedSince.get(unit), unit).toBe((started.get(unit) ?? 0) + 1);
    return restarted;
  }

  /** How often systemd says that it has started each (SD_MESSAGE_UNIT_STARTED). */
  async function countStarts(): Promise<ReadonlyMap<string, number>> {
    const lines = await host.machine.shell(
      "journalctl --quiet --no-pager --output=json --output-fields=UNIT MESSAGE_ID=39f53479d3a045ac8e11786248231fbf",
    );
    const counts = new Map<string, number>();
    for (const line of lines.split("\n").filter((text) => text !== "")) {
      const { UNIT = "" } = JSON.parse(line) as { UNIT?: string };
      counts.set(UNIT, (counts.get(UNIT) ?? 0) + 1);
    }
    return counts;
  }

  describe("restarts the units that mention it, once:", () => {
    it.each(Object.entries(cases).filter(([unit]) => unit !== "shared.service"))(
      "%s",
      async (unit, [, path]) => {
        expect(await listRestarted({ [`files${path}`]: "A=2\n" })).toEqual([unit]);
      },
    );

    it("all of them in one push", async () => {
      const others = Object.entries(cases).filter(([unit]) => unit !== "shared.service");
      const files = Object.fromEntries(others.map(([, [, path]]) => [`files${path}`, "A=3\n"]));
      expect(await listRestarted(files)).toEqual(others.map(([unit]) => unit));
    });

    it("a program in a shared directory", async () => {
      const content = `${run.content}# changed\n`;
      expect(await listRestarted({ "files/usr/local/bin/mentions-run": { ...run, content } })).toEqual([
        "shared.service",
      ]);
    });
  });

  it("in a directory that many share restarts nothing, and is named as mentioned by no unit", async () => {
    const files = Object.fromEntries(sharedFiles.map((path) => [`files${path}`, "two\n"]));
    expect(await listRestarted(files)).toEqual([]);
    expect((await host.status()).unmentioned).toEqual([...sharedFiles].sort());
    const sentence = "no unit mentions 3 files, so that a change restarts nothing: /etc/mentions-note";
    for (const command of ["status", "plan"]) {
      const { stdout, exitCode } = await host.run(command);
      expect(stdout).toContain(sentence);
      expect(exitCode).toBe(0);
    }
  });

  it("that a rule of gitops.yaml now names restarts nothing before it changes", async () => {
    const rules = "units: { instance@.service: { instances: [one] } }\n";
    const named = `${rules}files: { /etc/mentions-note: { restarts: [working.service] } }\n`;
    expect(await listRestarted({ "gitops.yaml": named })).toEqual([]);
    expect(await listRestarted({ "files/etc/mentions-note": "three\n" })).toEqual(["working.service"]);
  });
});
