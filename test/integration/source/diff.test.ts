/** The difference between two commits of the clone: what is in it, what is not, and what has none. */
import { expect, it } from "vitest";
import { OutputTooLong } from "../../../src/lib/program.ts";
import { neverAborted, openRepository } from "./open-repository.ts";

it("shows texts, and of encrypted files the names only, at every depth", async () => {
  const { source, repository } = await openRepository();
  const first = await source.commit({
    "units/a.service": "one\n",
    "secrets/a.service/t.age": "cipher-1\n",
    "t.age": "x-1\n",
  });
  const second = await source.commit({
    "units/a.service": "two\n",
    "secrets/a.service/t.age": "cipher-2\n",
    "t.age": "x-2\n",
  });
  await repository.fetch(neverAborted());
  const diff = await repository.diff(first, second, neverAborted());
  expect(diff).toContain("-one\n+two\n");
  expect(diff).toContain("M\tsecrets/a.service/t.age");
  expect(diff).toContain("M\tt.age");
  expect(diff).not.toMatch(/cipher|x-[12]/);
});

it("is null for a commit that the clone does not have, and an error beyond its limit", async () => {
  const { source, repository } = await openRepository();
  const first = await source.commit({ a: "1\n" });
  const long = await source.commit({ a: "a line\n".repeat(300_000) });
  await repository.fetch(neverAborted());
  expect(await repository.diff("0".repeat(40), long, neverAborted())).toBeNull();
  await expect(repository.diff(first, long, neverAborted())).rejects.toThrow(OutputTooLong);
});
