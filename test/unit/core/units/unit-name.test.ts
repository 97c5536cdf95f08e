import { describe, expect, it } from "vitest";
import {
  instantiate,
  isDropInDirectory,
  isQuadletName,
  isTemplateName,
  isUnitName,
  listDropInDirectories,
  parseInstance,
  serviceOfQuadlet,
} from "../../../../src/core/units/unit-name.ts";

describe("unit names", () => {
  it.each(["web.service", "a:b.timer", "dev\\x2dsda.swap", "x@.service", "x@a.b-c.service", "foo-bar.slice"])(
    "%s is one",
    (name) => expect(isUnitName(name)).toBe(true),
  );

  it.each([
    "web",
    "web.conf",
    ".service",
    "@a.service",
    "we b.service",
    "a/b.service",
    "web.container",
    "ä.service",
  ])("%s is none", (name) => expect(isUnitName(name)).toBe(false));

  it("longer than 255 characters are none", () => {
    expect(isUnitName(`${"a".repeat(248)}.service`)).toBe(false);
    expect(isUnitName(`${"a".repeat(247)}.service`)).toBe(true);
  });

  it("split into template and instance at the first @", () => {
    expect(parseInstance("x@a@b.service")).toEqual({ prefix: "x", instance: "a@b", template: "x@.service" });
    expect(parseInstance("x@.service")).toBeNull();
    expect(parseInstance("x.service")).toBeNull();
    expect(isTemplateName("x@.service")).toBe(true);
    expect(isTemplateName("x@a.service")).toBe(false);
    expect(instantiate("x@.service", "a.b")).toBe("x@a.b.service");
  });
});

describe("the drop-in directories of a unit", () => {
  it("go from its own to the one of its type, through every truncation at a dash", () => {
    expect(listDropInDirectories("foo-bar-baz.service")).toEqual([
      "foo-bar-baz.service.d",
      "foo-bar-.service.d",
      "foo-.service.d",
      "service.d",
    ]);
  });

  it("of an instance include the template's, and all that those include", () => {
    expect(listDropInDirectories("foo-bar@a.service")).toEqual([
      "foo-bar@a.service.d",
      "foo-bar@.service.d",
      "foo-.service.d",
      "foo-@a.service.d",
      "foo-@.service.d",
      "service.d",
    ]);
  });

  it.each(["web.service.d", "foo-.service.d", "service.d", "x@.timer.d", "app.container.d"])(
    "%s is one",
    (name) => expect(isDropInDirectory(name)).toBe(true),
  );

  it.each(["web.d", "web.service", "conf.d"])("%s is none", (name) =>
    expect(isDropInDirectory(name)).toBe(false),
  );
});

describe("quadlets", () => {
  it.each([
    ["x.container", "x.service"],
    ["x.kube", "x.service"],
    ["x.pod", "x-pod.service"],
    ["x.network", "x-network.service"],
    ["x.volume", "x-volume.service"],
    ["x.image", "x-image.service"],
    ["x.build", "x-build.service"],
  ])("%s makes %s", (name, service) => {
    expect(isQuadletName(name)).toBe(true);
    expect(serviceOfQuadlet(name)).toBe(service);
  });

  it("are not confused with units", () => expect(isQuadletName("x.service")).toBe(false));
});
