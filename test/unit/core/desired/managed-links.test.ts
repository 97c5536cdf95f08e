/** Symlinks below files/: links on the host like any other managed file. */
import { describe, expect, it } from "vitest";
import { build, type RepositoryText } from "../../../support/values/scenario.ts";

const place = "/etc/app/current";
const unit = { "units/app.service": `[Service]\nExecStart=/bin/app ${place}\n` };
const withLink = (target: string, files: Readonly<Record<string, string>> = {}): RepositoryText => ({
  files: { ...unit, ...files },
  links: { [`files${place}`]: target },
});
const mentionOf = (text: RepositoryText) =>
  build(text).desired.units.get("app.service")?.definition.files[place];

describe("a symlink below files/", () => {
  it("is a link on the host with the same target, wherever that leads", () => {
    for (const target of ["v1.conf", "/opt/app/v1.conf", "../../srv/v1.conf"]) {
      const { desired, diagnostics } = build(withLink(target));
      expect(diagnostics).toEqual([]);
      expect(desired.files.get(place)).toMatchObject({ kind: "link", linkTarget: target, unit: null });
    }
  });

  it("changes a unit that mentions it with its target, and with the file of git that it leads to", () => {
    const one = { "files/etc/app/v1.conf": "a", "files/etc/app/v2.conf": "a" };
    expect(mentionOf(withLink("v1.conf", one))).toBe(mentionOf(withLink("v1.conf", one)));
    expect(mentionOf(withLink("v1.conf", one))).not.toBe(mentionOf(withLink("v2.conf", one)));
    const other = { ...one, "files/etc/app/v1.conf": "b" };
    expect(mentionOf(withLink("v1.conf", one))).not.toBe(mentionOf(withLink("v1.conf", other)));
    const absolute = "/etc/app/v1.conf";
    expect(mentionOf(withLink(absolute, one))).not.toBe(mentionOf(withLink(absolute, other)));
  });

  it("is refused where git must never manage anything, and where a file of git needs a directory", () => {
    const closed = { files: {}, links: { "files/etc/ssh/sshd_config": "/etc/other" } };
    expect(build(closed).diagnostics).toMatchObject([{ code: "file-refused" }]);
    const below = withLink("/srv/app", { [`files${place}/app.conf`]: "" });
    expect(build(below).diagnostics.map(({ message }) => message)).toEqual([
      `needs the directory ${place}, which is a link in files${place}`,
    ]);
  });

  it("is refused without a target that a host can have", () => {
    for (const target of ["", "x".repeat(4097)]) {
      expect(build(withLink(target)).diagnostics).toMatchObject([{ code: "file-refused" }]);
    }
  });

  it("has the hooks of its rules", () => {
    const rules = { [place]: { run: [["true"]] } };
    expect(build({ ...withLink("v1.conf"), fileRules: rules }).desired.files.get(place)?.hooks).toEqual([
      { verb: "run", command: ["true"] },
    ]);
  });
});
