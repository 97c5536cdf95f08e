/** Backups on a host whose clock was set back: the new one looks like the oldest, and is kept all the same. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { saveBackup } from "../../../src/host/backups.ts";

it("keeps the backup that was just made, however many there are from the future", async () => {
  const directory = await mkdtemp(join(tmpdir(), "gitops-agent-backups-"));
  try {
    const backupDirectory = join(directory, "backups");
    for (let second = 0; second < 100; second += 1) {
      const time = new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString().replace(/[-:]|\.\d+/g, "");
      await mkdir(join(backupDirectory, time), { recursive: true });
    }
    const edited = join(directory, "edited.service");
    await writeFile(edited, "a hand edit\n");
    const copy = await saveBackup(edited, [], { backupDirectory, now: () => Date.UTC(2026, 0, 1) });
    expect(await readFile(copy, "utf8")).toBe("a hand edit\n");
    expect(await readdir(backupDirectory)).toHaveLength(101);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
