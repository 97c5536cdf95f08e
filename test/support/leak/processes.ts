/**
 * Watches the arguments and environments of all processes of a machine while something happens there, for what is gone
 * again when it is over. Judges nothing.
 */
import type { CommandResult } from "../machine/command.ts";
import type { Machine } from "../machine/machine.ts";

export interface ProcessText {
  readonly pid: number;
  readonly kind: "cmdline" | "environ";
  /** The words are separated by null bytes. */
  readonly text: string;
  /** The control group, which names the unit. */
  readonly cgroup: string;
}

const flag = "/run/leak-scan-watches";

export class ProcessWatch {
  readonly #machine: Machine;
  readonly #watcher: Promise<CommandResult>;

  private constructor(machine: Machine, watcher: Promise<CommandResult>) {
    this.#machine = machine;
    this.#watcher = watcher;
  }

  /** Returns when it watches. */
  static async start(machine: Machine): Promise<ProcessWatch> {
    const watcher = machine.run(["node", "-e", watchScript, flag], { timeoutMs: 600_000 });
    // An early end is reported by stop(), which awaits it again.
    watcher.catch(() => undefined);
    await machine.waitFor("the watch on processes", async () => machine.exists(flag));
    return new ProcessWatch(machine, watcher);
  }

  /** Everything that was seen, each text of a process once. */
  async stop(): Promise<readonly ProcessText[]> {
    await this.#machine.check(["rm", flag]);
    const { stdout, stderr, exitCode } = await this.#watcher;
    if (exitCode !== 0) throw new Error(`the watch on processes failed: ${stderr}`);
    return JSON.parse(stdout) as readonly ProcessText[];
  }
}

/**
 * Looks every 5 ms, which sees nearly every process: the shortest that the agent starts, git, lives about that long. Only
 * young processes are looked at, since what a process shows changes when it is made a program, and not later.
 */
const watchScript = `
const fs = require("node:fs");
const seen = new Map();
const looks = new Map();
function look() {
  for (const pid of fs.readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
    const count = (looks.get(pid) ?? 0) + 1;
    looks.set(pid, count);
    if (count > 40) continue;
    for (const kind of ["cmdline", "environ"]) {
      try {
        const text = fs.readFileSync("/proc/" + pid + "/" + kind, "utf8");
        const key = [pid, kind, text].join(" ");
        if (text === "" || seen.has(key)) continue;
        const cgroup = fs.readFileSync("/proc/" + pid + "/cgroup", "utf8").trim();
        seen.set(key, { pid: Number(pid), kind, text, cgroup });
      } catch {}
    }
  }
}
fs.writeFileSync(process.argv[1], "");
const timer = setInterval(() => {
  look();
  if (fs.existsSync(process.argv[1])) return;
  clearInterval(timer);
  process.stdout.write(JSON.stringify([...seen.values()]));
}, 5);
`;
