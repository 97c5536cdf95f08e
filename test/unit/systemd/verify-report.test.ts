/**
 * What systemd 252 and 257 really printed about test/fixtures/systemd-verify/units.txt becomes the same findings. The
 * transcripts are standard error of `systemd-analyze verify --man=no --generators=no` with the units in /stage/units;
 * repeats in a row are left out.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/core/model/errors.ts";
import { parseConfigurationItems } from "../../../src/systemd/verify/keys.ts";
import { readVerifyOutput } from "../../../src/systemd/verify/messages.ts";
import { StagedText } from "../../../src/systemd/verify/places.ts";
import { reportMessages } from "../../../src/systemd/verify/report.ts";
import type { StagedFile } from "../../../src/systemd/verify/stage.ts";
import { build } from "../../support/values/scenario.ts";

const fixtures = new URL("../../fixtures/systemd-verify/", import.meta.url);
const knownKeys = parseConfigurationItems(
  "[Unit]\nDescription=STRING\nAfter=UNIT\n\n[Service]\nExecStart=PATH\nMemoryMax=LIMIT\nType=TYPE\n\n[Timer]\nOnCalendar=CALENDAR\n\n[Install]\nWantedBy=OTHER\n",
);

function readUnits() {
  const files: Record<string, string> = {
    "files/usr/local/bin/brought": "#!/bin/sh\n",
    "files/usr/local/bin/brought-in-path": "#!/bin/sh\n",
  };
  const links: Record<string, string> = {};
  for (const block of readFileSync(new URL("units.txt", fixtures), "utf8").split(/^=== /m).slice(1)) {
    const [header = "", ...lines] = block.split("\n");
    const [name = "", target] = header.split(" -> ");
    if (target === undefined) files[`units/${name}`] = lines.join("\n");
    else links[`units/${name}`] = target;
  }
  return build({ files, links }).desired;
}

function report(transcript: string): readonly Diagnostic[] {
  const desired = readUnits();
  const staged = new Map<string, StagedFile>();
  for (const entry of desired.files.values()) {
    if (entry.kind !== "file" || !entry.path.startsWith("/etc/systemd/system/")) continue;
    const path = entry.path.replace("/etc/systemd/system/", "/stage/units/");
    staged.set(path, { origin: entry.origin, unit: entry.unit, bytes: entry.bytes });
  }
  const managed = [...desired.files.values()].filter(({ role }) => role === "file");
  return reportMessages(readVerifyOutput(transcript), {
    text: new StagedText(staged),
    units: desired.units,
    managedPaths: new Set(managed.map(({ path }) => path)),
    knownKeys,
  });
}

const transcripts = ["systemd-252.txt", "systemd-257.txt"].map(
  (name) => [name, report(readFileSync(new URL(name, fixtures), "utf8"))] as const,
);

function show({ severity, file, line, code }: Diagnostic): string {
  return `${severity === "error" ? "✖" : "!"} ${file.replace("units/", "")}${line === undefined ? "" : `:${line}`} ${code}`;
}

describe.each(transcripts)("the findings of %s", (_, findings) => {
  const shown = new Set(findings.map(show));

  it.each([
    "✖ bad-calendar.timer:2 invalid-calendar",
    "✖ two-calendars.timer:2 invalid-calendar",
    "✖ no-calendar.timer unit-not-loadable",
    "✖ bad-monotonic.timer:2 invalid-duration",
    "✖ bad-monotonic.timer:3 invalid-duration",
    "✖ bad-durations.service:2 invalid-duration",
    "✖ bad-durations.service:3 invalid-duration",
    "✖ bad-durations.service:6 invalid-duration",
    "✖ bad-durations.service:7 invalid-duration",
    "✖ bad-durations.service:8 invalid-duration",
    "✖ bad-durations.service:9 invalid-duration",
    "✖ bad-durations.service:10 invalid-duration",
    "✖ good.service.d/10-limits.conf:3 invalid-duration",
    "✖ no-exec.service unit-not-loadable",
    "✖ two-exec.service:3 unit-not-loadable",
    "✖ two-exec-by-drop-in.service.d/10-more.conf:2 unit-not-loadable",
    "✖ relative-exec.service:3 unit-not-loadable",
    "✖ relative-exec-by-drop-in.service.d/10-pre.conf:2 unit-not-loadable",
    "✖ unclosed-quote.service:2 unit-not-loadable",
    "✖ bad-specifier.service:2 unit-not-loadable",
    "✖ relative-directory.service:3 unit-not-loadable",
    "✖ bad-group.service:4 unit-not-loadable",
    "✖ oneshot-restart.service:3 unit-not-loadable",
    "✖ no-bus-name.service unit-not-loadable",
    "✖ bad-header.service:3 unit-not-loadable",
    "✖ bad-header-by-drop-in.service.d/10-oops.conf:1 unit-not-loadable",
    "✖ no-listen.socket:2 unit-not-loadable",
    "✖ no-path.path unit-not-loadable",
    "✖ mnt-data.mount:3 unit-not-loadable",
    "✖ mnt-nothing.mount unit-not-loadable",
  ])("refuse %s", (finding) => {
    expect(shown).toContain(finding);
  });

  it.each([
    "! service.d/50-all.conf:2 unknown-key",
    "! good.service.d/10-limits.conf:2 unknown-key",
    "! unknown.service:2 unknown-key",
    "! unknown.service:5 unknown-key",
    "! unknown.service:6 unknown-key",
    "! unknown.service:7 unknown-section",
    "! unknown.service:9 unknown-section",
    "! continued.service:5 unknown-key",
    "! idle@.service:5 unknown-key",
    "! bad-values.service:3 ignored-value",
    "! bad-values.service:4 ignored-value",
    "! bad-values.service:5 ignored-value",
    "! bad-values.service:6 ignored-value",
    "! bad-values.service:7 ignored-value",
    "! bad-values.service:8 ignored-value",
    "! empty-durations.service:3 ignored-value",
    "! tolerated-exec.service:3 ignored-value",
    "! tolerated-exec.service:4 ignored-value",
    "! odd-lines.service:1 ignored-line",
    "! odd-lines.service:4 ignored-line",
    "! odd-lines.service:5 ignored-line",
    "! deprecated.service:3 systemd-warning",
    "! deprecated.service:4 systemd-warning",
    "! missing-programs.service:2 missing-executable",
    "! missing-programs.service:4 missing-executable",
    "! busy@.service:2 missing-executable",
    "! needs-masked.service:2 missing-dependency",
    "! circle-a.service:2 ordering-cycle",
  ])("warn of %s", (finding) => {
    expect(shown).toContain(finding);
  });

  it("name one of several missing units where it is required", () => {
    const missing = findings.filter(
      ({ code, file }) => code === "missing-dependency" && file.includes("missing"),
    );
    expect(new Set(missing.map(({ file }) => file))).toEqual(new Set(["units/missing-units.service"]));
    expect(missing[0]?.line).toBeGreaterThan(1);
  });

  it("leave good units, masks and programs of the same revision alone", () => {
    const files = findings.map(({ file }) => file);
    for (const file of ["good.service", "masked.service", "circle-b.service", "bad-calendar.service"])
      expect(files).not.toContain(`units/${file}`);
    const lines = findings
      .filter(({ file }) => file === "units/missing-programs.service")
      .map(({ line }) => line);
    expect(lines.every((line) => line === 2 || line === 4)).toBe(true);
  });

  it("do not tell of what only an invented instance of a template lacks", () => {
    expect(findings.filter(({ file }) => file === "units/idle@.service").map(show)).toEqual([
      "! idle@.service:5 unknown-key",
    ]);
  });

  it("say of each broken unit once that it does not load", () => {
    const broken = findings.filter(({ severity }) => severity === "error").map(({ file }) => file);
    for (const file of [
      "bad-calendar.timer",
      "relative-exec.service",
      "bad-header.service",
      "two-exec.service",
    ])
      expect(broken.filter((name) => name === `units/${file}`)).toHaveLength(1);
  });

  it("suggest the nearest key of the section, or the section that a key belongs to", () => {
    const hintAt = (line: number) =>
      findings.find((finding) => finding.file === "units/unknown.service" && finding.line === line)?.hint;
    expect(hintAt(2)).toBe("did you mean Description=?");
    expect(hintAt(5)).toBe("did you mean ExecStart=?");
    expect(hintAt(6)).toBe("WantedBy= belongs into [Install]");
    expect(hintAt(7)).toBe("did you mean [Service]?");
    expect(hintAt(9)).toBe("a .service file has no [Timer] section");
  });
});

it("both versions of systemd lead to the same findings, but for the missing unit that they happen to name", () => {
  const [of252, of257] = transcripts.map(
    ([, findings]) => new Set(findings.filter(({ code }) => code !== "missing-dependency").map(show)),
  );
  expect(of252).toEqual(of257);
});

describe("a message that nobody has seen before", () => {
  it("is a warning, word for word, at its place", () => {
    expect(report("/stage/units/good.service:2: The moon is in the wrong phase.")).toEqual([
      {
        severity: "warning",
        code: "systemd-warning",
        file: "units/good.service",
        line: 2,
        message: "The moon is in the wrong phase.",
      },
    ]);
    expect(
      report("good.service: Moon not found.").map(({ severity, message }) => ({ severity, message })),
    ).toEqual([{ severity: "warning", message: "Moon not found." }]);
    expect(report("Something general happened.")[0]?.message).toBe("Something general happened.");
  });

  it("is none of ours when it is about another unit or file of the host", () => {
    expect(
      report("/usr/lib/systemd/system/ssh.service:3: Unknown key 'A' in section [Unit], ignoring."),
    ).toEqual([]);
    expect(
      report("ssh.service: Command /usr/sbin/sshd is not executable: No such file or directory"),
    ).toEqual([]);
    expect(report("Unit ssh.service has a bad unit file setting.")).toEqual([]);
  });

  it("still rejects a unit that systemd has given up without saying why", () => {
    const [finding] = report(
      "Unit good.service failed to load properly, please adjust/correct and reload service manager: No buffer space available",
    );
    expect(finding).toMatchObject({
      severity: "error",
      code: "unit-not-loadable",
      file: "units/good.service",
    });
    expect(finding?.message).toContain("No buffer space available");
  });

  it("is cut when it is endless", () => {
    expect(report(`good.service: ${"x".repeat(5000)}`)[0]?.message.length).toBeLessThan(400);
  });
});
