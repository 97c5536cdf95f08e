/** Validation with programs that stand in for a systemd-analyze that is missing or broken. */
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { show, VerifyPlace } from "./verify-place.ts";

const run = "[Service]\nExecStart=/bin/true\n";
const place = VerifyPlace.forEachTest();

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a checker", () => {
  /** Puts a shell script in the place of systemd-analyze. */
  async function replaceAnalyze(script: string): Promise<void> {
    const bin = join(place.directory, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "systemd-analyze"), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, "systemd-analyze"), 0o755);
    vi.stubEnv("PATH", `${bin}:/usr/bin:/bin`);
  }

  const text = { files: { "units/a.service": run } };

  it("that is not installed ends in one warning, not in an error", async () => {
    vi.stubEnv("PATH", join(place.directory, "empty"));
    expect(await place.verify(text)).toMatchObject([{ severity: "warning", code: "not-verified" }]);
    expect(await readdir(place.staging)).toEqual([]);
  });

  it("sees nothing of our environment, runs no generator, and reads a private stage", async () => {
    vi.stubEnv("SECRET", "s3cret");
    vi.stubEnv("JOURNAL_STREAM", "8:1");
    await replaceAnalyze(`
      if [ "$1" = unit-paths ]; then echo /usr/lib/systemd/system; exit 0; fi
      { echo "$@"; env; stat -c %a "\${SYSTEMD_UNIT_PATH%%/units:*}"; } >"${place.directory}/seen"`);
    expect(await place.verify(text)).toEqual([]);
    const seen = await readFile(join(place.directory, "seen"), "utf8");
    expect(seen).toMatch(/^verify --man=no --generators=no --system -- \S+\/units\/a\.service\n/);
    expect(seen).not.toMatch(/SECRET|JOURNAL_STREAM/);
    expect(seen).toMatch(/^LC_ALL=C$/m);
    expect(seen).toMatch(/\n700\n$/);
  });

  it("is read by its messages, whatever its exit code", async () => {
    await replaceAnalyze(
      '[ "$1" = unit-paths ] || { echo "Unit a.service has a bad unit file setting." >&2; exit 0; }',
    );
    expect((await place.verify(text)).map(show)).toEqual(["✖ units/a.service unit-not-loadable"]);
  });

  it("that fails without a word about our units rejects nothing", async () => {
    await replaceAnalyze('[ "$1" = unit-paths ] || exit 1');
    expect(await place.verify(text)).toEqual([]);
  });

  it("that is killed is a trouble of the world, to be tried again", async () => {
    await replaceAnalyze('[ "$1" = unit-paths ] || kill -9 $$');
    await expect(place.verify(text)).rejects.toMatchObject({
      name: "AgentError",
      code: "systemd-unreachable",
    });
    expect(await readdir(place.staging)).toEqual([]);
  });

  it("is stopped when the agent stops", async () => {
    await replaceAnalyze(`[ "$1" = unit-paths ] || { echo >"${place.directory}/started"; exec sleep 600; }`);
    const controller = new AbortController();
    const verdict = place.verify(text, {}, controller.signal);
    await vi.waitFor(() => readFile(join(place.directory, "started")), { timeout: 20_000 });
    controller.abort(new Error("stopping"));
    await expect(verdict).rejects.toThrow("stopping");
    expect(await readdir(place.staging)).toEqual([]);
  });

  it("that never stops printing fills no memory, and what it did not get to say cannot pass", async () => {
    await replaceAnalyze('[ "$1" = unit-paths ] || exec yes "/x/y.service:1: Something" >&2');
    await expect(place.verify(text)).rejects.toMatchObject({ code: "repository-invalid" });
  });
});
