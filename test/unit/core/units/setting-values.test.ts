import { describe, expect, it } from "vitest";
import { mergeSettings } from "../../../../src/core/units/definition.ts";
import { diffDefinitions, emptyDefinition } from "../../../../src/core/units/diff.ts";

type Texts = Readonly<Record<string, string>>;

/** What differs between two versions of a unit's files, in their order. */
function diff(before: Texts, after: Texts): readonly string[] {
  const read = (texts: Texts) => ({
    ...emptyDefinition,
    settings: mergeSettings(
      Object.entries(texts).map(([path, text]) => ({
        path: `units/${path}`,
        mode: "file",
        bytes: new TextEncoder().encode(text),
        blob: text,
      })),
    ).settings,
  });
  return diffDefinitions(read(before), read(after)).differences.map((each) => `${each.class}: ${each.text}`);
}

function diffService(before: string, after: string): readonly string[] {
  return diff({ "a.service": `[Service]\n${before}` }, { "a.service": `[Service]\n${after}` });
}

describe("two ways to write the same are the same", () => {
  it.each([
    ["words over lines", "Environment=A=1 B=2", "Environment=A=1\nEnvironment=B=2"],
    ["quotes around a whole word", 'Environment="A=1"', "Environment='A=1'"],
    ["an indented continuation of a command", "ExecStart=/a \\\n  --b", "ExecStart=/a --b"],
    ["the spelling of a boolean", "PrivateTmp=yes", "PrivateTmp=On"],
    ["a boolean that is overridden", "PrivateTmp=no\nPrivateTmp=yes", "PrivateTmp=yes"],
    ["a scalar that is overridden", "User=a\nUser=b", "User=c\nUser=b"],
    ["a list that is reset", "ExecStart=/a\nExecStart=\nExecStart=/b", "ExecStart=/b"],
    ["a reset of nothing", "EnvironmentFile=\nEnvironmentFile=/a", "EnvironmentFile=/a"],
    ["a list that is reset to nothing", "ExecStartPre=/a\nExecStartPre=", ""],
    ["a mode that the reset of its directory takes along", "StateDirectoryMode=0700\nStateDirectory=", ""],
    [
      "capabilities over lines",
      "CapabilityBoundingSet=CAP_CHOWN CAP_KILL",
      "CapabilityBoundingSet=CAP_CHOWN\nCapabilityBoundingSet=CAP_KILL",
    ],
    [
      "families of addresses over lines, in another order",
      "RestrictAddressFamilies=AF_UNIX AF_INET",
      "RestrictAddressFamilies=AF_INET\nRestrictAddressFamilies=AF_UNIX",
    ],
    ["inverted lines", "RestrictNamespaces=~user net", "RestrictNamespaces=~net\nRestrictNamespaces=~user"],
    [
      "the order within lines that turn a list around",
      "SystemCallFilter=@a @b\nSystemCallFilter=~c d",
      "SystemCallFilter=@b @a\nSystemCallFilter=~d c",
    ],
    ["processors as a range and one by one", "CPUAffinity=0-2,4", "CPUAffinity=4 0\nCPUAffinity=1 2"],
    ["directories in another order", "StateDirectory=a b/c", "StateDirectory=b/c\nStateDirectory=a"],
    ["addresses over lines", "IPAddressDeny=any 10.0.0.0/8", "IPAddressDeny=any\nIPAddressDeny=10.0.0.0/8"],
    ["bits in another order", "SecureBits=noroot keep-caps", "SecureBits=keep-caps noroot"],
    [
      "paths to bind over lines, beside others that share their place",
      "BindPaths=/a /b:/c\nBindReadOnlyPaths=/d",
      "BindPaths=/a\nBindPaths=/b:/c\nBindReadOnlyPaths=/d",
    ],
  ])("%s", (_, before, after) => expect(diffService(before, after)).toEqual([]));

  it("dependencies are a set, and an empty assignment does not reset them", () => {
    const before = { "a.service": "[Unit]\nWants=x.service\nWants=\nWants=y.service z.service\n" };
    expect(diff(before, { "a.service": "[Unit]\nWants=z.service y.service x.service\n" })).toEqual([]);
  });

  it("a setting that moves from the unit to a drop-in", () => {
    const moved = { "a.service": "[Service]\n", "a.service.d/x.conf": "[Service]\nNice=5\n" };
    expect(diff({ "a.service": "[Service]\nNice=5\n" }, moved)).toEqual([]);
  });
});

describe("what may differ does", () => {
  it.each([
    ["blanks within quotes", 'Environment="A=x y"', 'Environment="A=x  y"', "Environment="],
    ["the order of variables", "Environment=A=1 A=2", "Environment=A=2 A=1", "Environment="],
    ["a quoted semicolon", 'ExecStart=/a ";" /b', "ExecStart=/a ; /b", "ExecStart="],
    ["an escape", "ExecStart=/a \\x20 b", "ExecStart=/a \\x20  b", "ExecStart="],
    [
      "a capability set that is emptied first",
      "CapabilityBoundingSet=CAP_A",
      "CapabilityBoundingSet=\nCapabilityBoundingSet=CAP_A",
      "CapabilityBoundingSet=",
    ],
    [
      "one of two capability lines that systemd would take for an empty one",
      "AmbientCapabilities=CAP_KILL\nAmbientCapabilities=CAP_BOGUS",
      "AmbientCapabilities=CAP_KILL CAP_BOGUS",
      "AmbientCapabilities=",
    ],
    [
      "lines of which one may empty the list before the next",
      "AmbientCapabilities=CAP_KILL\nAmbientCapabilities=~CAP_KILL\nAmbientCapabilities=~CAP_CHOWN",
      "AmbientCapabilities=CAP_KILL\nAmbientCapabilities=~CAP_KILL CAP_CHOWN",
      "AmbientCapabilities=",
    ],
    [
      "system calls with an error number, by their order",
      "SystemCallFilter=~read:EPERM @a",
      "SystemCallFilter=~@a read:EPERM",
      "SystemCallFilter=",
    ],
    [
      "the word for no family of addresses",
      "RestrictAddressFamilies=none",
      "RestrictAddressFamilies=none AF_UNIX",
      "RestrictAddressFamilies=",
    ],
    [
      "lines of bits, of which the last counts",
      "SecureBits=noroot keep-caps",
      "SecureBits=noroot\nSecureBits=keep-caps",
      "SecureBits=",
    ],
    ["a range that runs downwards", "CPUAffinity=0 2-1", "CPUAffinity=2-1 0", "CPUAffinity="],
    [
      "what stands between paths to bind",
      "BindPaths=/a /b\nBindReadOnlyPaths=/d\nBindPaths=/c",
      "BindPaths=/a\nBindReadOnlyPaths=/d\nBindPaths=/b /c",
      "order of BindPaths= and its like",
    ],
    [
      "a tilde that comes to the start of a line",
      "SystemCallFilter=@a ~@b",
      "SystemCallFilter=@a\nSystemCallFilter=~@b",
      "SystemCallFilter=",
    ],
    ["an overridden value below one that systemd may refuse", "Nice=5\nNice=99", "Nice=6\nNice=99", "Nice="],
    [
      "a boolean above one that is none",
      "PrivateTmp=no\nPrivateTmp=maybe",
      "PrivateTmp=yes\nPrivateTmp=maybe",
      "PrivateTmp=",
    ],
    [
      "a boolean above an empty one, which is no reset",
      "PrivateTmp=no\nPrivateTmp=",
      "PrivateTmp=yes\nPrivateTmp=",
      "PrivateTmp=",
    ],
    [
      "an earlier value of an unknown key",
      "Unheard=1\nUnheard=\nUnheard=2",
      "Unheard=3\nUnheard=\nUnheard=2",
      "Unheard=",
    ],
  ])("%s", (_, before, after, text) => {
    expect(diffService(before, after)).toEqual([`restart: ${text} changed`]);
  });

  it("the order of keys that fill one list", () => {
    const [stream, datagram] = ["ListenStream=1\n", "ListenDatagram=2\n"];
    const before = { "a.socket": `[Socket]\n${stream}${datagram}` };
    expect(diff(before, { "a.socket": `[Socket]\n${datagram}${stream}` })).toEqual([
      "restart: order of ListenStream= and its like changed",
    ]);
    expect(diff(before, { "a.socket": `[Socket]\n${stream}ListenDatagram=3\n` })).toEqual([
      "restart: ListenDatagram= changed",
    ]);
  });

  it("which timers a reset in the middle has dropped", () => {
    const before = { "a.timer": "[Timer]\nOnBootSec=1\nOnCalendar=\nOnCalendar=daily\n" };
    const after = { "a.timer": "[Timer]\nOnCalendar=\nOnCalendar=daily\nOnBootSec=1\n" };
    expect(diff(before, after).map((text) => text.replace(/^\w+: /, ""))).toEqual(["OnBootSec= added"]);
  });

  it("a reset of words in a drop-in for a unit whose own file is not ours", () => {
    const before = { "cron.service.d/x.conf": "[Service]\nReadWritePaths=/a\n" };
    const after = { "cron.service.d/x.conf": "[Service]\nReadWritePaths=\nReadWritePaths=/a\n" };
    expect(diff(before, after)).toEqual(["restart: ReadWritePaths= changed"]);
  });

  it("a reset in a drop-in for a unit whose own file is not ours", () => {
    const before = { "cron.service.d/x.conf": "[Service]\nExecStart=/a\n" };
    const after = { "cron.service.d/x.conf": "[Service]\nExecStart=\nExecStart=/a\n" };
    expect(diff(before, after)).toEqual(["restart: ExecStart= changed"]);
  });
});
