/** Which managed files a definition mentions, in whatever syntax, and which it does not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MentionIndex } from "../../../../src/core/units/mention-index.ts";
import { findMentions } from "../../../../src/core/units/mentions.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";
import { build, layout } from "../../../support/values/scenario.ts";

function mentions(
  name: string,
  value: string,
  files: readonly string[],
  unit = "a.service",
): readonly string[] {
  return findMentions({ [name]: [value] }, unit, new MentionIndex(files), layout.specifiers);
}

const command = "Service.ExecStart";

describe("a file is mentioned by its path", () => {
  it.each([
    ["alone", "Service.EnvironmentFile", "/etc/x"],
    ["with a prefix of systemd", "Service.EnvironmentFile", "-/etc/x"],
    ["as a program with prefixes", command, "-!/etc/x --now"],
    ["as a source to bind", "Service.BindReadOnlyPaths", "/etc/x:/run/x:norbind"],
    ["as a credential", "Service.LoadCredential", "name:/etc/x"],
    ["as an option", command, "/bin/a --config=/etc/x"],
    ["as a short option", command, "/bin/a -c/etc/x"],
    ["as the input of a shell", command, "/bin/sh -c 'exec /bin/a </etc/x'"],
    ["in a substitution", command, "/bin/sh -c 'exec /bin/a $$(cat /etc/x)'"],
    ["in back quotes", command, "/bin/sh -c '/bin/a `cat /etc/x`'"],
    ["before a pipe", command, "/bin/sh -c 'cat /etc/x|cat'"],
    ["before a conjunction", command, "/bin/sh -c '. /etc/x&& exec /bin/a'"],
    ["in a subshell", command, "/bin/sh -c '(. /etc/x;exec /bin/a)'"],
    ["in braces", command, "/bin/a {/etc/x}"],
    ["as a default of a variable", command, '/bin/sh -c "a $${CONF:-/etc/x}"'],
    ["after a redirection of errors", command, "/bin/sh -c 'a 2>/etc/x'"],
    ["in a list", command, "/bin/a [/etc/y,/etc/x]"],
    ["as a URL", "Service.Environment", "CONF=file:///etc/x"],
    ["as a URL with a host", "Service.Environment", "CONF=file://localhost/etc/x"],
    ["as a URL of a database", "Service.Environment", "DB=sqlite:////etc/x?mode=ro"],
    ["in quotes", "Service.Environment", '"CONF=/etc/x"'],
    ["with slashes and dots too many", command, "/bin/a //etc/.//x"],
    ["by a constant specifier", "Service.EnvironmentFile", "%E/x"],
    ["beside a literal percent sign", command, "/bin/a 50%% /etc/x"],
    ["in a key of one's own", "Service.X-Reads", "/etc/x"],
    ["by a pattern", "Service.EnvironmentFile", "/etc/[xy]"],
  ])("%s", (_, name, value) => expect(mentions(name, value, ["/etc/x"])).toEqual(["/etc/x"]));

  it.each([
    ["literal blanks", "Service.EnvironmentFile", "/etc/my app/a b"],
    ["quotes", command, '/bin/a "/etc/my app/a b"'],
    ["escapes of systemd", command, "/bin/a /etc/my\\x20app/a\\040b"],
    ["its short escape for a blank", command, "/bin/a /etc/my\\sapp/a\\sb"],
    ["escapes of a shell", command, "/bin/sh -c 'cat /etc/my\\ app/a\\ b'"],
  ])("with blanks, as %s", (_, name, value) =>
    expect(mentions(name, value, ["/etc/my app/a b"])).toEqual(["/etc/my app/a b"]),
  );

  it("with letters that are escaped as bytes or as code points", () => {
    expect(mentions(command, "/bin/a /etc/\\xc3\\xa9 /etc/\\u00fc", ["/etc/é", "/etc/ü"])).toHaveLength(2);
  });

  it.each([
    ["another name that begins so", command, "/bin/a /etc/xy /etc/x.bak /etc/x-2 /etc/x/y /etc/x~"],
    [
      "the end of another path",
      command,
      `/bin/a /srv/etc/x ./etc/x $HOME/etc/x \${HOME}/etc/x $$(pwd)/etc/x`,
    ],
    ["a URL of another host", "Service.Environment", "URL=https://example.org/etc/x http://etc/x"],
    ["words for people", "Unit.Description", "reads /etc/x"],
    ["documentation", "Unit.Documentation", "file:///etc/x"],
    ["what the unit cannot see", "Service.InaccessiblePaths", "/etc/x"],
    ["a specifier that only the host knows", "Service.EnvironmentFile", "%h/etc/x"],
  ])("but not by %s", (_, name, value) => expect(mentions(name, value, ["/etc/x"])).toEqual([]));
});

describe("a specifier", () => {
  const files = ["/etc/app/a.env", "/etc/app/b.env", "/etc/app/conf"];
  it.each([
    ["w@a.service", ["/etc/app/a.env"]],
    ["w@.service", ["/etc/app/a.env", "/etc/app/b.env"]],
  ])("of %s names what is its own", (unit, found) => {
    expect(mentions("Service.EnvironmentFile", "/etc/app/%i.env", files, unit)).toEqual(found);
  });

  it("that only the host knows stands for anything", () => {
    expect(mentions("Service.EnvironmentFile", "/etc/app/%H.env", files)).toHaveLength(2);
  });

  it("can be a path", () => {
    const found = mentions("Service.WorkingDirectory", "%f", ["/opt/app/x"], "w@opt-app.service");
    expect(found).toEqual(["/opt/app/x"]);
  });
});

describe("a directory stands for the files below it", () => {
  const files = ["/opt/app/app.py", "/opt/app/lib/x.py", "/opt/other/y", "/etc/motd", "/usr/local/bin/tool"];
  const below = ["/opt/app/app.py", "/opt/app/lib/x.py"];
  it.each([
    ["Service.WorkingDirectory", "/opt/app"],
    ["Service.WorkingDirectory", "-/opt/app/"],
    ["Service.RootDirectory", "/opt/app"],
    ["Service.BindPaths", "/opt/app:/srv"],
    ["Service.Environment", "PYTHONPATH=/usr/lib/x:/opt/app"],
    ["Container.Volume", "/opt/app:/app:ro"],
    [command, "/bin/sh -c 'cd /opt/app&& exec ./run'"],
  ])("%s=%s", (name, value) => expect(mentions(name, value, files)).toEqual(below));

  it.each([
    "Service.ConfigurationDirectory",
    "Service.StateDirectory",
    "Service.CacheDirectory",
    "Service.LogsDirectory",
  ])("that %s= names below its own place", (name) => {
    const all = ["/etc/app/a", "/var/lib/app/a", "/var/cache/app/a", "/var/log/app/a"];
    expect(mentions(name, "app", all)).toHaveLength(1);
  });

  it.each(["/", "/etc", "/usr", "/usr/local", "/usr/local/bin", "/opt", "/opt/", "/var/lib"])(
    "unless many programs share it, as %s",
    (directory) => expect(mentions("Service.WorkingDirectory", directory, files)).toEqual([]),
  );

  it("unless the unit is no service: a mount reads no file below it", () => {
    expect(mentions("Mount.Where", "/opt/app", files, "opt-app.mount")).toEqual([]);
  });

  it.each(["/opt/app2", "/srv/opt/app", "/opt/app/data", "/opt/app-2/x"])("and not for %s", (path) =>
    expect(mentions("Service.WorkingDirectory", path, files)).toEqual([]),
  );
});

describe("a program of git stands for the files beside it", () => {
  it.each([
    ["/opt/app/run", ["/opt/app/run", "/opt/app/lib/x.py"]],
    ["/usr/bin/python3 /opt/app/main.py", ["/opt/app/main.py", "/opt/app/lib/x.py"]],
    ["/opt/app/bin/run", ["/opt/app/bin/run", "/opt/app/lib/x.py"]],
  ])("%s", (value, files) => {
    expect(mentions(command, value, [...files, "/opt/other/y"])).toEqual([...files].sort());
  });

  it.each([
    ["in a shared directory", "/usr/local/bin/run", ["/usr/local/bin/run", "/usr/local/bin/other"]],
    ["that is configuration", "/bin/a --config /etc/app/a.yml", ["/etc/app/a.yml", "/etc/app/b.yml"]],
  ])("but not one %s", (_, value, files) => {
    expect(mentions(command, value, files)).toEqual(files.slice(0, 1));
  });
});

describe("whatever the path", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.@+ é-]{0,8}[A-Za-z0-9_]$/);
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join("/")}`);
  const plainPath = path.filter((text) => !text.includes(" "));
  const escapeBlanks = (text: string, as: string) => text.replaceAll(" ", as);
  /** Syntax that names the path given. */
  const syntaxes: readonly ((path: string) => string)[] = [
    (text) => text,
    (text) => `-${text}`,
    (text) => `a:${text}:b`,
    (text) => `/bin/a --x=${text}`,
    (text) => `/bin/sh -c 'a <${text}'`,
    (text) => `/bin/sh -c 'a $$(cat ${text})|b'`,
    (text) => `/bin/sh -c 'cat ${text}|cat'`,
    (text) => `/bin/sh -c 'cat ${text}&&cat'`,
    (text) => `/bin/a {${text}}`,
    (text) => `A=file://${text}`,
    (text) => `/bin/a "${text}" '${text}'`,
    (text) => `/bin/a ${escapeBlanks(text, "\\x20")}`,
    (text) => `/bin/a ${escapeBlanks(text, "\\ ")};b`,
    (text) => text.replaceAll("/", "//"),
  ];

  it("it is found in each syntax", () => {
    fc.assert(
      fc.property(
        path,
        fc.constantFrom(...syntaxes),
        fc.array(path, { maxLength: 5 }),
        (wanted, write, more) => {
          expect(mentions("Service.Environment", write(wanted), [...more, wanted])).toContain(wanted);
        },
      ),
      propertyRuns(2000),
    );
  });

  it("it is not found where it is only the beginning of another name, or the end of another path", () => {
    const tail = fc.stringMatching(/^[A-Za-z0-9_.@+~-]{1,4}$/);
    fc.assert(
      fc.property(plainPath, fc.constantFrom(...syntaxes), tail, (wanted, write, more) => {
        expect(mentions("Service.Environment", write(`${wanted}${more}`), [wanted])).toEqual([]);
        expect(mentions("Service.Environment", write(`${wanted}/${more}`), [wanted])).toEqual([]);
        expect(mentions("Service.Environment", write(`/srv${wanted}`), [wanted])).toEqual([]);
      }),
      propertyRuns(2000),
    );
  });
});

describe("a definition keeps within limits", () => {
  it("where a thousand units and a thousand files meet", () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    const files = Object.fromEntries(
      numbers.flatMap((number) => [
        [
          `units/u${number}.service`,
          `[Service]\nExecStart=/bin/a </etc/app/${number} /etc/a* /opt/x/${number}\n`,
        ],
        [`files/etc/app/${number}`, ""],
      ]),
    );
    const { desired, diagnostics } = build({ files });
    expect(diagnostics).toEqual([]);
    expect(Object.keys(desired.units.get("u7.service")?.definition.files ?? {})).toEqual(["/etc/app/7"]);
  });

  it("where every unit mentions a directory of very many files", () => {
    const numbers = Array.from({ length: 700 }, (_, index) => index);
    const files = Object.fromEntries(
      numbers.flatMap((number) => [
        [`units/u${number}.service`, "[Service]\nExecStart=/bin/a\nWorkingDirectory=/opt/app\n"],
        [`files/opt/app/a-file-with-a-long-name-${number}`, ""],
      ]),
    );
    expect(build({ files }).diagnostics.map(({ code }) => code)).toEqual(["too-large"]);
  });

  it("where the text is made to be searched for ever", () => {
    const deep = `/${"a,/".repeat(1000)}b`;
    const text = `[Service]\nExecStart=/bin/a ${"/a,".repeat(200_000)}\n`;
    const { diagnostics } = build({ files: { "units/a.service": text, [`files${deep}`]: "" } });
    expect(diagnostics.map(({ code }) => code)).toContain("too-large");
  });
});
