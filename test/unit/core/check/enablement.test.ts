/** Warnings about what starts a unit. */
import { describe, expect, it } from "vitest";
import { validateDesired } from "../../../../src/core/check/validate.ts";
import { build, type RepositoryText } from "../../../support/values/scenario.ts";

const job = "[Service]\nType=oneshot\nExecStart=/bin/true\n";
const install = "[Install]\nWantedBy=multi-user.target\n";
const timer = "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n";

function warningsOf(text: RepositoryText, code: string): readonly string[] {
  const { desired, diagnostics } = build(text);
  expect(diagnostics).toEqual([]);
  return validateDesired(desired, null)
    .filter((finding) => finding.code === code)
    .map(({ file, message }) => `${file} ${message}`);
}

describe("a oneshot that a timer starts", () => {
  const files = { "units/backup.service": `${job}${install}`, "units/backup.timer": timer };

  it("is warned of when it is enabled besides", () => {
    expect(warningsOf({ files }, "started-twice")).toEqual([
      "units/backup.service backup.service is started by backup.timer, and also by multi-user.target: at every boot, and when it is new on a host",
    ]);
  });

  it.each([
    ["without [Install]", { files: { ...files, "units/backup.service": job } }],
    ["with enabled: false", { files, units: { "backup.service": { enabled: false } } }],
    ["when it is stopped", { files, units: { "backup.service": { state: "stopped" as const } } }],
    [
      "when it is a daemon",
      { files: { ...files, "units/backup.service": `[Service]\nExecStart=/bin/a\n${install}` } },
    ],
  ])("is not warned of %s", (_when, text) => {
    expect(warningsOf(text, "started-twice")).toEqual([]);
  });
});

describe("a file that is passed over", () => {
  it("is warned of when its ending is nearly one of a unit", () => {
    const files = { "units/web.sevice": "[Service]\n", "units/install.sh": "", "units/fix.patch": "" };
    expect(warningsOf({ files }, "unit-misspelt")).toEqual([
      "units/web.sevice is passed over, since it is no unit",
    ]);
  });
});
