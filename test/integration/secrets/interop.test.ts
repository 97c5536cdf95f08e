/**
 * Files travel both ways between this program and the `age` program, for every kind of key that both know: the host's own
 * age, that of the Debian 13 machine where it has been built, and any directory named in AGE_PROGRAMS.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateIdentityFile } from "../../../src/secrets/authoring/keygen.ts";
import { createOpener } from "../../../src/secrets/formats/age-file.ts";
import { loadIdentities } from "../../../src/secrets/formats/identities.ts";
import { encryptFor, parseRecipient } from "../../../src/secrets/formats/recipients.ts";
import { locateDebian13Root } from "../../support/machine/root-filesystem.ts";
import { readSecretFile } from "../../support/values/secret-file.ts";

const run = promisify(execFile);

interface AgeProgram {
  /** Directory of `age` and `age-keygen`; "" for the search path. */
  readonly directory: string;
  readonly version: string;
  readonly isPostQuantum: boolean;
}

function probe(directory: string): AgeProgram[] {
  try {
    const version = execFileSync(path.join(directory, "age"), ["--version"], { encoding: "utf8" }).trim();
    return [{ directory, version, isPostQuantum: canMakePostQuantumKey(directory) }];
  } catch {
    return [];
  }
}

function canMakePostQuantumKey(directory: string): boolean {
  try {
    execFileSync(path.join(directory, "age-keygen"), ["-pq"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const others = (process.env["AGE_PROGRAMS"] ?? "").split(path.delimiter).filter((name) => name !== "");
const programs = ["", path.join(locateDebian13Root(), "usr/bin"), ...others].flatMap(probe);

if (programs.length === 0) {
  if (process.env["CI"] === "true") throw new Error("CI=true allows no skipping: age is not installed");
  test.skip("interop with age (skipped: age is not installed)", () => {});
}

type KeyKind = "X25519" | "ssh-ed25519" | "post-quantum";

/** By whom the key was made, and by whom the value was encrypted, must not matter. */
describe.each(programs)("age $version", ({ directory, isPostQuantum }) => {
  let scratch: string;
  const value = Buffer.from("a value\nwith \0 and no line end");
  const kinds: readonly KeyKind[] = isPostQuantum
    ? ["X25519", "ssh-ed25519", "post-quantum"]
    : ["X25519", "ssh-ed25519"];
  const age = path.join(directory, "age");

  beforeAll(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), "interop-"));
    await writeFile(path.join(scratch, "value"), value);
  });
  afterAll(async () => {
    await rm(scratch, { recursive: true });
  });

  async function makeKey(
    kind: KeyKind,
    by: "us" | "them",
  ): Promise<{ readonly file: string; readonly recipient: string }> {
    const file = path.join(scratch, `${kind}-${by}-${Math.random()}`);
    if (kind === "ssh-ed25519") {
      await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "root@host 1", "-f", file]);
    } else if (by === "us") {
      await generateIdentityFile({ file, postQuantum: kind === "post-quantum", now: 0 });
    } else {
      await run(path.join(directory, "age-keygen"), [
        ...(kind === "post-quantum" ? ["-pq"] : []),
        "-o",
        file,
      ]);
    }
    const [identity] = (await loadIdentities([file])).identities;
    const recipient = (await identity?.describeRecipient()) ?? "";
    if (kind !== "ssh-ed25519") {
      const { stdout } = await run(path.join(directory, "age-keygen"), ["-y", file]);
      expect(stdout.trim()).toBe(recipient);
    }
    return { file, recipient };
  }

  async function openHere(keyFile: string, bytes: Uint8Array): Promise<Uint8Array> {
    const { identities } = await loadIdentities([keyFile]);
    const opened = await createOpener(identities).open(readSecretFile("a.service/x.age", bytes));
    if ("failure" in opened) throw new Error(opened.failure.message);
    return opened.plaintext;
  }

  describe.each(kinds)("%s", (kind) => {
    test.each(["us", "them"] as const)(
      "what it encrypts opens here, binary and armored; key made by %s",
      async (by) => {
        const { file, recipient } = await makeKey(kind, by);
        const recipients = path.join(scratch, "recipients");
        await writeFile(recipients, `# a comment\n${recipient}\n`);
        for (const armor of [[], ["--armor"]]) {
          const out = path.join(scratch, "theirs.age");
          await run(age, [...armor, "-R", recipients, "-o", out, path.join(scratch, "value")]);
          expect(Buffer.from(await openHere(file, await readFile(out)))).toEqual(value);
        }
      },
    );

    test.each(["us", "them"] as const)("what is encrypted here opens there; key made by %s", async (by) => {
      const { file, recipient } = await makeKey(kind, by);
      const ours = path.join(scratch, "ours.age");
      const other = await makeKey("X25519", "us");
      await writeFile(
        ours,
        await encryptFor([parseRecipient(other.recipient), parseRecipient(recipient)], value),
      );
      const { stdout } = await run(age, ["--decrypt", "-i", file, ours], { encoding: "buffer" });
      expect(stdout).toEqual(value);
    });
  });

  test("files for several kinds of keys at once open for each of them, both ways", async () => {
    const keys = [await makeKey("X25519", "them"), await makeKey("ssh-ed25519", "them")];
    const theirs = path.join(scratch, "both.age");
    await run(age, [
      ...keys.flatMap(({ recipient }) => ["-r", recipient]),
      "-o",
      theirs,
      path.join(scratch, "value"),
    ]);
    const ours = await encryptFor(
      keys.map(({ recipient }) => parseRecipient(recipient)),
      value,
    );
    for (const { file } of keys) {
      expect(Buffer.from(await openHere(file, await readFile(theirs)))).toEqual(value);
      expect(Buffer.from(await openHere(file, ours))).toEqual(value);
    }
  });

  test("the largest secret travels both ways", async () => {
    const { file, recipient } = await makeKey("ssh-ed25519", "them");
    const [large, ours] = [path.join(scratch, "large"), path.join(scratch, "large.age")];
    const bytes = Buffer.alloc(1024 * 1024, 7);
    await writeFile(large, bytes);
    await writeFile(ours, await encryptFor([parseRecipient(recipient)], bytes));
    const { stdout } = await run(age, ["--decrypt", "-i", file, ours], {
      encoding: "buffer",
      maxBuffer: 2 ** 21,
    });
    expect(stdout.equals(bytes)).toBe(true);
    await run(age, ["--armor", "-r", recipient, "-o", ours, large]);
    expect(Buffer.from(await openHere(file, await readFile(ours))).equals(bytes)).toBe(true);
  });
});
