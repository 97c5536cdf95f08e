/** Validation against the systemd-analyze that is installed here. */
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unitTypes } from "../../../src/core/units/unit-name.ts";
import { isInstalled } from "../../support/machine/root-filesystem.ts";
import { show, VerifyPlace } from "./verify-place.ts";

const run = "[Service]\nExecStart=/bin/true\n";
const place = VerifyPlace.forEachTest();
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
    expect(
      await place.verify({ files, links, units: { "worker@.service": { instances: ["two"] } } }),
    ).toEqual([]);
    expect(await readdir(place.staging)).toEqual([]);
  });

  it("names the repository's path and line, also in a drop-in with an odd name", async () => {
    const files = {
      "units/a.service": `${run}RestartSec=soon\n`,
      "units/a.service.d/10 odd: name.conf": "[Service]\nTypo=1\n",
      "hosts/h1/units/b.timer": "[Timer]\nOnCalendar=evry day\nUnit=a.service\n",
    };
    expect((await place.verify({ files })).map(show)).toEqual([
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
    expect((await place.verify({ files })).map(show)).toEqual([
      "✖ units/a:b.service:3 invalid-duration",
      "✖ units/c\\x2dd.service:3 invalid-duration",
      "✖ units/e.service:3 invalid-duration",
    ]);
  });

  it("suggests keys that this very systemd knows", async () => {
    const [finding] = await place.verify({ files: { "units/a.service": `${run}MemoryMxa=1G\n` } });
    expect(finding?.hint).toBe("did you mean MemoryMax=?");
  });

  it("judges a drop-in for a unit that the distribution owns", async () => {
    const files = { "units/systemd-journald.service.d/10.conf": "[Service]\nTimeoutStopSec=soon\n" };
    expect((await place.verify({ files })).map(show)).toEqual([
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
    const found = await place.verify({ files: { [file]: text } });
    expect(found.map(show)).toEqual([`✖ ${file}:${text.split("\n").length - 1} ${code}`]);
    expect(await place.verify({ files: { [file]: text, "units/a.service": run } })).toEqual(found);
  });

  it("names the same place every time, however large the files are that are staged at once", async () => {
    const files = {
      "units/a.service": `${run}${"# a long fragment\n".repeat(100_000)}`,
      "units/a.service.d/10.conf": "[Service]\nExecStart=\n",
    };
    const found = await place.verify({ files });
    expect(found.map(show)).toEqual(["✖ units/a.service.d/10.conf:2 unit-not-loadable"]);
  });

  it("finds nothing wrong with a drop-in for the units of others that is good", async () => {
    const files = Object.fromEntries(
      unitTypes.map((type) => [`units/${type}.d/10.conf`, "[Unit]\nDescription=x\n"]),
    );
    expect(await place.verify({ files })).toEqual([]);
  });

  it("comes to an end with a hundred thousand mistakes in one file", async () => {
    const words = Array.from({ length: 100_000 }, (_, index) => `Key${(index * 7919).toString(36)}xyz=1\n`);
    const found = await place.verify({ files: { "units/a.service": `${run}${words.join("")}` } });
    expect(found).toHaveLength(100_000);
  }, 30_000);

  it("counts what others put into the unit place.directory, but not what an earlier revision did", async () => {
    const files = { "units/a.service": `[Unit]\nRequires=foreign.service alias.service\n${run}` };
    const host = {
      files: { "foreign.service": run, "alias.service": "->foreign.service", "old.service": run },
      owned: ["old.service"],
    };
    expect(await place.verify({ files }, host)).toEqual([]);
    const [finding] = await place.verify(
      { files: { "units/a.service": `[Unit]\nRequires=old.service\n${run}` } },
      { owned: host.owned },
    );
    expect(finding).toMatchObject({ code: "missing-dependency", line: 2 });
  });

  it("does not let a drop-in that the revision removes hide that the unit is broken without it", async () => {
    const host = { files: { "a.service.d/10.conf": run }, owned: ["a.service.d/10.conf"] };
    const files = { "units/a.service": "[Service]\nType=simple\n" };
    expect((await place.verify({ files }, host)).map(show)).toEqual(["✖ units/a.service unit-not-loadable"]);
    // The same drop-in of somebody else stays, and so does what it does for the unit.
    expect(await place.verify({ files })).toEqual([]);
  });

  it("takes more units than one run is given", async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 600; index += 1) files[`units/u${index}.service`] = run;
    files["units/u7.service"] = `${run}RestartSec=soon\n`;
    files["units/u599.service"] = `[Unit]\nRequires=u0.service\n${run}Typo=1\n`;
    expect((await place.verify({ files })).map(show)).toEqual([
      "! units/u599.service:5 unknown-key",
      "✖ units/u7.service:3 invalid-duration",
    ]);
  });

  it("removes stages that a killed agent left, and nothing else", async () => {
    await mkdir(join(place.staging, "gitops-agent-verify-AbCd12", "units"), { recursive: true });
    await utimes(join(place.staging, "gitops-agent-verify-AbCd12"), 1, 1);
    await mkdir(join(place.staging, "gitops-agent-verify-Fresh1"));
    await writeFile(join(place.staging, "gitops-agent-verify-notes"), "mine");
    await place.verify({ files: { "units/a.service": run } });
    expect((await readdir(place.staging)).toSorted()).toEqual([
      "gitops-agent-verify-Fresh1",
      "gitops-agent-verify-notes",
    ]);
  });
});
