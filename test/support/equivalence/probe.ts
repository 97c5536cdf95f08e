/**
 * Says what runs on a machine, and with what: a program of its own that is handed to the machine's node, and prints a
 * `Running` as JSON. Only looks. Its one argument is a regular expression for the names of units.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";

/** What is compared of a unit that is up, by name: properties, files in /proc and in the control group. */
export type Details = Readonly<Record<string, string>>;

export interface RunningUnit {
  readonly load: string;
  /** `active/running`, as systemd says it. */
  readonly state: string;
  readonly isUp: boolean;
  readonly details: Details;
  /** Kind of namespace → `the host`, or which one among those of this boot. */
  readonly namespaces: Readonly<Record<string, string>>;
}

export type Running = Readonly<Record<string, RunningUnit>>;

const upStates = ["active", "activating", "reloading", "refreshing"];
const properties =
  "Id,LoadState,ActiveState,SubState,ControlGroup,Where,Listen,NextElapseUSecRealtime,Paths,NeedDaemonReload";
/** Differ between any two starts of one unit, or say who triggered it. */
const passingVariables =
  /^(INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|MAINPID|MANAGERPID|LISTEN_PID|LISTEN_PIDFDID|TRIGGER_\w+|SHLVL|_)=/;
const statusLines = /^(Umask|Uid|Gid|Groups|Cap\w+|NoNewPrivs|Seccomp|Cpus_allowed_list):/;
const cgroupFiles = ["cpu.weight", "cpu.max", "memory.max", "memory.high", "pids.max", "io.weight"];

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trimEnd();
  } catch {
    return undefined;
  }
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function describeProcess(pid: string): Record<string, string | undefined> {
  const split = (file: string) => read(`/proc/${pid}/${file}`)?.split("\0").filter(Boolean) ?? [];
  const stat = read(`/proc/${pid}/stat`) ?? "";
  return {
    cmdline: split("cmdline").join(" "),
    environ: split("environ")
      .filter((line) => !passingVariables.test(line))
      .sort()
      .join("\n"),
    cwd: attempt(() => readlinkSync(`/proc/${pid}/cwd`)),
    limits: read(`/proc/${pid}/limits`),
    status: read(`/proc/${pid}/status`)
      ?.split("\n")
      .filter((line) => statusLines.test(line))
      .join("\n"),
    oom: read(`/proc/${pid}/oom_score_adj`),
    nice: stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16],
    cgroup: read(`/proc/${pid}/cgroup`),
    // Of all mounts only those that settings such as ProtectSystem= make read-only; others come and go with the host's.
    writable: read(`/proc/${pid}/mountinfo`)
      ?.split("\n")
      .map((line) => line.split(" "))
      .filter(([, , , , place = ""]) => ["/", "/usr", "/etc"].includes(place))
      .map(([, , , , place, options]) => `${place} ${options}`)
      .join("\n"),
  };
}

/** Root, place, options, and after the dash type and options: without numbers that the kernel gives, and random names. */
function describeMount(line: string): string {
  const [, , , root, place, options, ...rest] = line.split(" ");
  const [type, source, superOptions] = rest.slice(rest.indexOf("-") + 1);
  return [place, root, options, type, source, superOptions].join(" ");
}

function attempt(ask: () => string): string | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function describeUnit(
  shown: Readonly<Record<string, string>>,
  sockets: string,
  mounts: readonly string[],
): RunningUnit {
  const { Id = "", ActiveState = "", SubState = "", LoadState = "", ControlGroup = "" } = shown;
  const isUp = upStates.includes(ActiveState);
  const group = `/sys/fs/cgroup${ControlGroup}`;
  const pids = ControlGroup === "" ? [] : (read(`${group}/cgroup.procs`)?.split("\n").filter(Boolean) ?? []);
  const details = new Map<string, string | undefined>();
  const processes = pids.map(describeProcess);
  for (const key of new Set(processes.flatMap(Object.keys))) {
    details.set(
      key,
      processes
        .map((process) => process[key])
        .sort()
        .join("\n&\n"),
    );
  }
  if (ControlGroup !== "") for (const file of cgroupFiles) details.set(file, read(`${group}/${file}`));
  for (const name of list(`/run/credentials/${Id}`)) {
    details.set(`credential ${name}`, read(`/run/credentials/${Id}/${name}`));
  }
  if (SubState === "exited") details.set("ran with V", read(`/run/${Id.replace(/\.service$/, "")}.ran`));
  for (const key of ["NextElapseUSecRealtime", "Listen", "Paths"]) details.set(key, shown[key]);
  for (const path of (shown["Listen"] ?? "").match(/\/\S+/g) ?? []) {
    details.set(`listens on ${path}`, String(sockets.split("\n").some((line) => line.endsWith(` ${path}`))));
    details.set(
      `mode of ${path}`,
      attempt(() => (statSync(path).mode & 0o777).toString(8)),
    );
  }
  if (shown["Where"] !== undefined) {
    const here = mounts.map(describeMount).filter((line) => line.startsWith(`${shown["Where"]} `));
    details.set("mounted", here.join("\n"));
  }
  const [pid] = pids;
  const known = [...details].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return {
    load: LoadState,
    state: `${ActiveState}/${SubState}`,
    isUp,
    details: isUp ? Object.fromEntries(known) : {},
    namespaces: pid === undefined ? {} : describeNamespaces(pid),
  };
}

function describeNamespaces(pid: string): Record<string, string> {
  const of = (id: string): Record<string, string> => ({
    net: attempt(() => readlinkSync(`/proc/${id}/ns/net`)) ?? "",
    tmp: attempt(() => String(statSync(`/proc/${id}/root/tmp`, { bigint: true }).ino)) ?? "",
  });
  const hosts = of("1");
  return Object.fromEntries(
    Object.entries(of(pid)).map(([kind, which]) => [kind, which === hosts[kind] ? "the host" : which]),
  );
}

function parseBlock(block: string): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf("=");
    const key = line.slice(0, at);
    if (at > 0) shown[key] = [shown[key], line.slice(at + 1)].filter((part) => part !== undefined).join("\n");
  }
  return shown;
}

function probe(pattern: RegExp): Running {
  const systemctl = (...args: readonly string[]) =>
    execFileSync("systemctl", args, { encoding: "utf8", maxBuffer: 64 << 20 });
  const listed = systemctl("list-units", "--all", "--plain", "--no-legend", "--full").split("\n");
  const names = listed.map((line) => line.trim().split(/\s+/)[0] ?? "").filter((name) => pattern.test(name));
  if (names.length === 0) return {};
  const blocks = systemctl("show", `--property=${properties}`, "--", ...names).split(/\n\n+/);
  const sockets = read("/proc/net/unix") ?? "";
  const mounts = (read("/proc/self/mountinfo") ?? "").split("\n");
  const units = blocks
    .map(parseBlock)
    .map((shown) => [shown["Id"] ?? "", describeUnit(shown, sockets, mounts)]);
  return Object.fromEntries(units) as Running;
}

process.stdout.write(JSON.stringify(probe(new RegExp(process.argv[2] ?? "^$"))));
