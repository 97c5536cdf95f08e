import { expect, test } from "vitest";
import { isAskableName } from "../../../src/systemd/read/listed-units.ts";

test.each(["web.service", "worker@a.service", "dev-disk-by\\x2did.device", "session-1.scope", "-.slice"])(
  "systemd is asked about %s",
  (name) => {
    expect(isAskableName(name)).toBe(true);
  },
);

test.each(["worker@.service", "not a unit", "web", "@a.service", `${"x".repeat(250)}.scope`])(
  "systemd is not asked about %s, which would spoil the question for all",
  (name) => {
    expect(isAskableName(name)).toBe(false);
  },
);
