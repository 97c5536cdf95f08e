/** What of the files in a directory of units is a unit, what is passed over, and what is refused. */
import { describe, expect, it } from "vitest";
import { build } from "../../../support/values/scenario.ts";

function messagesOf(text: Parameters<typeof build>[0]): readonly string[] {
  return build(text).diagnostics.map(({ file, message }) => `${file} ${message}`);
}

describe("what looks like a unit and cannot be placed", () => {
  it.each([
    ["units/a.service.d/limits", "is not a drop-in"],
    ["units/a b.service", "has a name that systemd does not accept for a unit"],
    ["units/sub/a.service", "lies in a directory that is not searched for units"],
    ["units/a.service.d/b/c.conf", "lies in a directory that is not searched for units"],
    ["units/multi-user.target.wants/a.service", "enables nothing"],
  ])("%s is refused", (path, message) => {
    expect(messagesOf({ files: { [path]: "x" } })).toEqual([`${path} ${message}`]);
  });
});

describe("what is no unit", () => {
  it.each([
    ["a dot name", "units/.gitkeep", ""],
    ["a readme", "units/README", "about"],
    ["a script", "units/install.sh", "#!/bin/sh"],
    ["a text in a drop-in directory", "units/a.service.d/why.txt", "because"],
    ["a template for another tool", "units/web.service.in", "[Service]"],
    ["a unit that is switched off by its name", "units/web.service.disabled", "[Service]"],
    ["a directory that is kept away", "units/web.old/web.service", "[Service]"],
    ["a network of systemd-networkd", "units/10-lan.network", "# LAN\n[Match]\nName=eth0\n"],
    ["a service of D-Bus", "units/org.example.Web.service", "[D-BUS Service]\nName=org.example.Web\n"],
    ["a service of Avahi", "units/http.service", '<?xml version="1.0"?>\n<service-group/>'],
    ["a file of a deeper directory", "units/docs/img/plan.svg", "<svg/>"],
  ])("is passed over: %s", (_what, path, content) => {
    const { desired, diagnostics } = build({ files: { [path]: content } });
    expect(diagnostics).toEqual([]);
    expect(desired.passedOver).toEqual([path]);
    expect([...desired.files.keys()]).toEqual([]);
  });
});
