/** A directory for one test to verify units in: a host's unit directory, and the place for stages. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { Desired, HostFile } from "../../../src/core/model/desired.ts";
import type { Diagnostic } from "../../../src/core/model/errors.ts";
import { UnitVerifier } from "../../../src/systemd/verify/verify.ts";
import { build, type RepositoryText } from "../../support/values/scenario.ts";

export interface Host {
  /** Files of the host below its unit directory; a value that begins with "->" is a link. */
  readonly files?: Readonly<Record<string, string>>;
  /** Which of them an earlier revision wrote. */
  readonly owned?: readonly string[];
}

export class VerifyPlace {
  directory = "";

  /** Makes the directory before each test of the file, and removes it after the test. */
  static forEachTest(): VerifyPlace {
    const place = new VerifyPlace();
    beforeEach(async () => {
      place.directory = await mkdtemp(join(tmpdir(), "verify-test-"));
      await mkdir(place.staging);
    });
    afterEach(() => rm(place.directory, { recursive: true }));
    return place;
  }

  get staging(): string {
    return join(this.directory, "staging");
  }

  async verify(
    text: RepositoryText,
    host: Host = {},
    signal = new AbortController().signal,
    verifier = new UnitVerifier(() => Date.now()),
  ): Promise<readonly Diagnostic[]> {
    const unitDirectory = join(this.directory, "units");
    for (const [name, content] of Object.entries(host.files ?? {})) {
      const path = join(unitDirectory, name);
      await mkdir(dirname(path), { recursive: true });
      if (content.startsWith("->")) await symlink(content.slice(2), path);
      else await writeFile(path, content);
    }
    const input = {
      desired: moveUnits(build(text).desired, unitDirectory),
      ownedPaths: new Set((host.owned ?? []).map((name) => join(unitDirectory, name))),
      stagingDirectory: this.staging,
    };
    return verifier.verify(input, signal);
  }
}

/** The scenario writes to /etc/systemd/system, which the machine that runs this test has for itself. */
function moveUnits(desired: Desired, unitDirectory: string): Desired {
  const files = [...desired.files.values()].map((file): HostFile => {
    const path = file.path.replace(/^\/etc\/systemd\/system/, unitDirectory);
    return { ...file, path };
  });
  const layout = { ...desired.layout, unitDirectory };
  return { ...desired, layout, files: new Map(files.map((file) => [file.path, file])) };
}

export function show({ severity, code, file, line }: Diagnostic): string {
  return `${severity === "error" ? "✖" : "!"} ${file}${line === undefined ? "" : `:${line}`} ${code}`;
}
