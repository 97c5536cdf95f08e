import { expect, it } from "vitest";
import { readEntries } from "../../../src/systemd/read/journal.ts";

const write = (...entries: readonly object[]) => entries.map((entry) => JSON.stringify(entry)).join("\n");

it("the log of a unit leaves out what podman and conmon log about a container, and keeps what the container says", () => {
  const output = write(
    { MESSAGE: "container start 6f3a", PODMAN_EVENT: "start", SYSLOG_IDENTIFIER: "podman" },
    { MESSAGE: "cannot bind\nthe port", SYSLOG_IDENTIFIER: "systemd-app" },
    { MESSAGE: "<nwarn>: no cgroup file", SYSLOG_IDENTIFIER: "conmon" },
    { MESSAGE: "Error: no such image", SYSLOG_IDENTIFIER: "app" },
    { MESSAGE: "container died 6f3a", PODMAN_EVENT: "died", SYSLOG_IDENTIFIER: "podman" },
  );
  expect(readEntries(output)).toEqual(["cannot bind", "the port", "Error: no such image"]);
});

it("the log of a unit shows what is not UTF-8, and says where journalctl gave nothing", () => {
  const output = write({ MESSAGE: [99, 97, 102, 233] }, { MESSAGE: null }, { PRIORITY: "6" });
  expect(readEntries(`${output}\n{ torn`)).toEqual(["caf\u{fffd}", "(a line too long to be shown)", "", ""]);
});
