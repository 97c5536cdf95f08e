/** What is said of what units refer to: other units, credentials, files, programs, users. */
import { describe, expect, it } from "vitest";
import {
  findUnmatchedRules,
  joinFindings,
  listHostQuestions,
  validateDesired,
} from "../../../../src/core/check/validate.ts";
import type { Diagnostic } from "../../../../src/core/model/errors.ts";
import { build } from "../../../support/values/scenario.ts";
import { factsOf, findingsOf } from "./findings.ts";

const run = "[Service]\nExecStart=/bin/sleep 1\n";

describe("a timer, path or socket", () => {
  it("whose unit is nowhere is warned of, with the name that was most likely meant", () => {
    const text = {
      files: { "units/backup.timer": "[Timer]\nOnCalendar=daily\n", "units/backups.service": run },
    };
    const [finding] = validateDesired(build(text).desired, factsOf({}));
    expect(finding).toMatchObject({ code: "trigger-without-unit", file: "units/backup.timer" });
    expect(finding?.message).toContain("backup.service");
    expect(finding?.hint).toBe("did you mean backups.service?");
  });

  it("may start a unit of the host, of a template, of a quadlet, or an alias", () => {
    const files = {
      "units/a.timer": "[Timer]\nOnCalendar=daily\nUnit=fstrim.service\n",
      "units/b.timer": "[Timer]\nOnCalendar=daily\nUnit=job@x.service\n",
      "units/job@.service": run,
      "units/c.path": "[Path]\nPathExists=/x\n",
      "units/c.container": "[Container]\nImage=x\n",
      "units/d.socket": "[Socket]\nListenStream=1\nAccept=yes\n",
      "units/d@.service": run,
      "units/e.timer": "[Timer]\nOnCalendar=daily\nUnit=other-name.service\n",
      "units/real.service": `${run}[Install]\nAlias=other-name.service\n`,
    };
    expect(findingsOf({ files }, { units: ["fstrim.service"] })).toEqual([]);
    expect(findingsOf({ files }, null)).toEqual(["! units/a.timer:3 trigger-without-unit"]);
  });

  it("that starts a masked unit is warned of", () => {
    const text = {
      files: { "units/a.timer": "[Timer]\nOnCalendar=daily\n" },
      links: { "units/a.service": "/dev/null" },
    };
    expect(findingsOf(text)).toEqual(["! units/a.timer trigger-without-unit"]);
  });

  it("an accepting socket needs a template, not a service", () => {
    const files = { "units/d.socket": "[Socket]\nListenStream=1\nAccept=yes\n", "units/d.service": run };
    expect(findingsOf({ files })).toEqual(["! units/d.socket trigger-without-unit"]);
  });
});

describe("a credential", () => {
  it("that a unit asks for by name and nobody provides is warned of, also where the host is unknown", () => {
    const files = { "units/a.service": `${run}LoadCredential=token\n` };
    expect(findingsOf({ files })).toEqual(["! units/a.service:3 missing-credential"]);
    expect(findingsOf({ files }, null)).toEqual(["! units/a.service:3 missing-credential"]);
  });

  it.each([
    ["a secret", { secrets: { "secrets/a.service/token.age": "x" } }, {}],
    ["the host's credstore", {}, { paths: ["/etc/credstore/token"] }],
  ])("may come from %s", (_, more, host) => {
    expect(
      findingsOf({ files: { "units/a.service": `${run}LoadCredential=token\n` }, ...more }, host),
    ).toEqual([]);
  });

  it("may have a fallback in the unit", () => {
    expect(
      findingsOf({ files: { "units/a.service": `${run}LoadCredential=t\nSetCredential=t:x\n` } }),
    ).toEqual([]);
  });

  it("from a path that nothing provides is warned of; from a managed file or below /run it is not", () => {
    const files = {
      "units/a.service": `${run}LoadCredential=a:/etc/nope\nLoadCredential=b:/etc/mine\nLoadCredential=c:/run/socket\n`,
      "files/etc/mine": "x",
    };
    expect(findingsOf({ files })).toEqual(["! units/a.service:3 missing-credential"]);
    expect(findingsOf({ files }, { paths: ["/etc/nope"] })).toEqual([]);
    expect(findingsOf({ files }, null)).toEqual([]);
  });
});

describe("a secret", () => {
  it("for a unit that is nowhere is warned of, with the name that was most likely meant", () => {
    const text = { files: { "units/web.service": run }, secrets: { "secrets/wbe.service/token.age": "x" } };
    const finding = validateDesired(build(text).desired, null).find(({ code }) => code === "unused-secret");
    expect(finding).toMatchObject({
      file: "secrets/wbe.service/token.age",
      hint: "did you mean secrets/web.service/?",
    });
  });

  it("for a unit of the host, a template or a quadlet is used", () => {
    const text = {
      files: { "units/w@.service": run, "units/c.container": "[Container]\nImage=x\n" },
      secrets: {
        "secrets/nginx.service/key.age": "x",
        "secrets/w@.service/key.age": "x",
        "secrets/w@one.service/key.age": "x",
        "secrets/c.container/key.age": "x",
      },
    };
    expect(findingsOf(text, { units: ["nginx.service"] })).toEqual([]);
  });
});

describe("an environment file", () => {
  it("that is neither managed nor on the host is warned of, unless it may be missing", () => {
    const service = (path: string) => `${run}EnvironmentFile=${path}\n`;
    expect(findingsOf({ files: { "units/a.service": service("/etc/env") } })).toEqual([
      "! units/a.service:3 missing-environment-file",
    ]);
    for (const harmless of ["-/etc/env", "/run/x/env", "/etc/%i/env", "/etc/env.d/*.env"])
      expect(findingsOf({ files: { "units/a.service": service(harmless) } })).toEqual([]);
    expect(findingsOf({ files: { "units/a.service": service("/etc/env"), "files/etc/env": "A=b" } })).toEqual(
      [],
    );
    expect(
      findingsOf({ files: { "units/a.service": service("/etc/env") } }, { paths: ["/etc/env"] }),
    ).toEqual([]);
    expect(findingsOf({ files: { "units/a.service": service("/etc/env") } }, null)).toEqual([]);
  });
});

describe("a program that the repository brings", () => {
  it("without its executable bit is warned of, at the line that runs it", () => {
    const files = {
      "units/a.service":
        "[Service]\nExecStartPre=-/usr/local/bin/prepare --now\nExecStart=/bin/sh /usr/local/bin/prepare\n",
      "files/usr/local/bin/prepare": "#!/bin/sh\n",
    };
    expect(findingsOf({ files })).toEqual(["! units/a.service:2 not-executable"]);
    expect(findingsOf({ files, fileRules: { "/usr/local/bin/prepare": { mode: 0o755 } } })).toEqual([]);
  });
});

describe("a user or group", () => {
  it("that does not exist is warned of", () => {
    const files = { "units/a.service": `${run}User=alice\nGroup=staff\nSupplementaryGroups=video extra\n` };
    expect(findingsOf({ files }, { users: [], groups: ["video"] })).toEqual([
      "! units/a.service:3 missing-user",
      "! units/a.service:4 missing-group",
      "! units/a.service:5 missing-group",
    ]);
    expect(findingsOf({ files }, { users: ["alice"], groups: ["staff", "video", "extra"] })).toEqual([]);
  });

  it("may be dynamic, numeric, a specifier, or come with a sysusers.d file of the same revision", () => {
    const files = {
      "units/a.service": `${run}DynamicUser=yes\nUser=alice\n`,
      "units/b.service": `${run}User=1000\nGroup=%i\n`,
      "units/c.service": `${run}User=media\nGroup=media\n`,
      "files/etc/sysusers.d/media.conf": '# comment\nu media - "Media server"\n',
    };
    expect(findingsOf({ files })).toEqual([]);
  });
});

describe("a required unit", () => {
  it("that is nowhere is warned of for each name, once the host is known", () => {
    const files = {
      "units/a.service": `[Unit]\nRequires=b.service no.service\nBindsTo=dev-x.device\n${run}`,
    };
    expect(findingsOf({ files })).toEqual([
      "! units/a.service:2 missing-dependency",
      "! units/a.service:2 missing-dependency",
    ]);
    expect(findingsOf({ files }, { units: ["b.service", "no.service"] })).toEqual([]);
    expect(findingsOf({ files }, null)).toEqual([]);
  });
});

it("the questions to the host are those that the checks ask, and no others", () => {
  const files = {
    "units/a.service": `[Unit]\nRequires=db.service own.service\n${run}User=alice\nGroup=staff\nEnvironmentFile=/etc/env\nLoadCredential=t:/etc/t\n`,
    "units/own.service": run,
    "units/b.timer": "[Timer]\nOnCalendar=daily\nUnit=fstrim.service\n",
  };
  const { units, paths, users, groups } = listHostQuestions(build({ files }).desired);
  expect(units.toSorted()).toEqual(["db.service", "fstrim.service"]);
  expect(paths.toSorted()).toEqual(["/etc/env", "/etc/t"]);
  expect(users).toEqual(["alice"]);
  expect(groups).toEqual(["staff"]);
});

it("a rule of gitops.yaml that matches nothing on any host is warned of", () => {
  const text = {
    files: { "units/web.service": run, "units/w@.service": run, "files/etc/web/env": "" },
    units: { "wbe.service": {}, "web*": {}, "w@.service": {}, "nothing-*": {} },
    fileRules: { "/etc/web/env": {}, "/etc/web/*": {}, "/etc/wbe/env": {}, "/etc/*": {} },
  };
  const { desired } = build(text);
  const config = {
    layout: { units: [], files: [], secrets: [] },
    admins: [],
    hosts: new Map(),
    defaults: { drift: "report" as const, health: { settleMs: 1, timeoutMs: 2 } },
    units: new Map(Object.entries(text.units)),
    files: new Map(Object.entries(text.fileRules)),
  };
  const findings = findUnmatchedRules(config, [desired]);
  expect(findings.map(({ message }) => message)).toEqual([
    "units: wbe.service matches no unit of any host",
    "units: nothing-* matches no unit of any host",
    "files: /etc/wbe/env matches no file of any host",
    "files: /etc/* matches no file of any host",
  ]);
  expect(findings[0]?.hint).toBe("did you mean web.service?");
});

it("what systemd and we both found is told once", () => {
  const own: Diagnostic = {
    severity: "warning",
    code: "ignored-line",
    file: "units/a.service",
    line: 3,
    message: "ours",
  };
  const same = { ...own, message: "theirs" };
  const other = { ...own, line: 4 };
  expect(joinFindings([own], [same, other])).toEqual([own, other]);
});
