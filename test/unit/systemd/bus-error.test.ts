import { expect, test } from "vitest";
import { BusError, classifyErrorReply } from "../../../src/systemd/bus/bus-error.ts";

test("a bus error tells a systemd that is away from one that refuses and from an answer that was lost", () => {
  expect(classifyErrorReply("org.freedesktop.DBus.Error.ServiceUnknown")).toBe("absent");
  expect(classifyErrorReply("org.freedesktop.DBus.Error.NameHasNoOwner")).toBe("absent");
  expect(classifyErrorReply("org.freedesktop.DBus.Error.NoReply")).toBe("lost");
  expect(classifyErrorReply("org.freedesktop.systemd1.UnitMasked")).toBe("refused");
});

test("a refusal names method, unit, systemd's words and the D-Bus error", () => {
  const error = new BusError("refused", "Unit web.service is masked.", {
    method: "StartUnit",
    subject: "web.service",
    dbusName: "org.freedesktop.systemd1.UnitMasked",
  });
  expect(error).toMatchObject({
    code: "systemd-refused",
    subject: "web.service",
    reason: "Unit web.service is masked.",
  });
  expect(error.message).toBe(
    "systemd refused StartUnit web.service: Unit web.service is masked. (org.freedesktop.systemd1.UnitMasked)",
  );
});

test("every failure but a refusal means that systemd cannot be reached, and keeps its cause", () => {
  const cause = new Error("connect ENOENT");
  for (const failure of ["no-bus", "absent", "lost", "timeout"] as const) {
    const error = new BusError(failure, "why", { method: "Reload", cause });
    expect(error).toMatchObject({ code: "systemd-unreachable", failure, cause });
    expect(error.message).toContain("why");
    expect(error.hint).toContain("dbus.socket");
  }
});
