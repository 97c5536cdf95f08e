/** What has to be looked at, from many hints. */
import { expect, it } from "vitest";
import { ScopeSum } from "../../../../src/core/drift/look-scope.ts";

const ofUnit = (unit: string) => ({ units: new Set([unit]), paths: new Set<string>() });

it("joins the units and paths of all hints, and has nothing once they were taken", () => {
  const sum = new ScopeSum();
  sum.add(ofUnit("a.service"));
  sum.add({ units: new Set(["b.service"]), paths: new Set(["/etc/x"]) });
  sum.add(null);
  sum.add(ofUnit("a.service"));
  expect(sum.take()).toEqual({ units: new Set(["a.service", "b.service"]), paths: new Set(["/etc/x"]) });
  expect(sum.take()).toBeNull();
});

it("means everything once one hint does, until it is taken", () => {
  const sum = new ScopeSum();
  sum.add(ofUnit("a.service"));
  sum.add("all");
  sum.add(ofUnit("b.service"));
  expect(sum.take()).toBe("all");
  sum.add(ofUnit("a.service"));
  expect(sum.take()).toEqual(ofUnit("a.service"));
});

it("means everything when there are more names than are worth naming", () => {
  const sum = new ScopeSum();
  for (let index = 0; index < 10_000; index += 1) sum.add(ofUnit(`u${index}.service`));
  expect(sum.take()).toBe("all");
});
