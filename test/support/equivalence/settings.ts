/** Settings that random units get, each of which shows in a process, in a control group, or in what systemd listens to. Pure. */
import type { Random } from "../differential/random.ts";
import type { Unit } from "./tree.ts";

const sleep = "/bin/sleep infinity";

/** Settings of [Service] that decide what systemd waits for, and whether anything stays running. */
const kinds: readonly Readonly<Record<string, string>>[] = [
  { Type: "simple", ExecStart: sleep },
  { Type: "simple", ExecStart: `/bin/sh -c 'exec ${sleep}'` },
  { Type: "exec", ExecStart: sleep },
  { Type: "forking", ExecStart: `/bin/sh -c '${sleep} & exit 0'` },
  { Type: "notify", NotifyAccess: "all", ExecStart: `/bin/sh -c 'systemd-notify --ready; exec ${sleep}'` },
  { Type: "oneshot", RemainAfterExit: "yes", ExecStart: "+/bin/sh -c 'echo $$V >/run/%N.ran'" },
  { Type: "oneshot", ExecStart: "/bin/true" },
];
const plainKinds = 3;

/** Keys that a change of the kind of a service takes along. */
const kindKeys = ["Type", "ExecStart", "RemainAfterExit", "NotifyAccess"];

const values: Readonly<Record<string, readonly string[]>> = {
  Environment: ["V=1", "V=2", "V=3", '"V=4 four" W=5'],
  ExecStart: ["/bin/sleep infinity", "/bin/sleep 1000001", "/bin/sleep 1000002"],
  LimitNOFILE: ["1000", "1001", "1002:2000"],
  LimitCORE: ["0", "1M"],
  Nice: ["3", "5"],
  UMask: ["0027", "0077"],
  OOMScoreAdjust: ["100", "200"],
  WorkingDirectory: ["/srv", "/etc", "/"],
  User: ["nobody", "daemon", "root"],
  NoNewPrivileges: ["yes", "no"],
  CapabilityBoundingSet: ["CAP_CHOWN", "~CAP_SYS_ADMIN"],
  CPUSchedulingPolicy: ["batch", "other"],
  CPUWeight: ["50", "200", "300"],
  TasksMax: ["40", "50", "60"],
  MemoryHigh: ["100M", "200M"],
  MemoryMax: ["300M", "400M"],
  Restart: ["always", "on-failure", "no"],
  KillMode: ["mixed", "process"],
  TimeoutStopSec: ["10s", "20s"],
  PrivateTmp: ["yes", "no"],
  PrivateNetwork: ["yes", "no"],
  ProtectSystem: ["full", "strict"],
  RuntimeDirectory: ["%N"],
  SetCredential: ["spoken:one", "spoken:two"],
  UnsetEnvironment: ["LANG"],
};

export function makeService(random: Random): Record<string, string> {
  const kind = random.chance(0.65)
    ? kinds.slice(0, plainKinds)[random.below(plainKinds)]
    : kinds[random.below(kinds.length)];
  const body: Record<string, string> = { ...kind, Environment: `V=${random.below(9)}` };
  for (let left = random.below(3); left > 0; left -= 1) changeSetting(body, random);
  return body;
}

/** @returns what was done, in words */
export function changeKind(body: Record<string, string>, random: Random): string {
  const kind = random.pick(kinds.filter(({ ExecStart }) => ExecStart !== body["ExecStart"]));
  for (const key of kindKeys) delete body[key];
  Object.assign(body, kind);
  return `becomes Type=${kind["Type"]}${kind["RemainAfterExit"] === undefined ? "" : " with RemainAfterExit"}`;
}

/** @returns what was done, in words */
export function changeSetting(body: Record<string, string>, random: Random): string {
  const key = random.pick(Object.keys(values));
  const isOwnCommand = body["Type"] !== "simple" && body["Type"] !== "exec";
  if (key === "ExecStart" && isOwnCommand) return changeSetting(body, random);
  const others = (values[key] ?? []).filter((one) => one !== body[key]);
  const isOptional = key !== "ExecStart" && body[key] !== undefined;
  if (others.length === 0 || (isOptional && random.chance(0.3))) {
    delete body[key];
    return `loses ${key}=`;
  }
  const value = random.pick(others);
  body[key] = value;
  return `gets ${key}=${value}`;
}

/** What changes in units that are no services. @returns what was done, in words; null when nothing can change */
export function changeOther(name: string, { body }: Unit, random: Random): string | null {
  const set = (key: string, of: readonly string[]) => {
    body[key] = random.pick(of.filter((value) => value !== body[key]));
    return `gets ${key}=${body[key]}`;
  };
  const stem = name.slice(0, name.lastIndexOf("."));
  if (name.endsWith(".socket")) {
    if (random.chance(0.4)) return set("SocketMode", ["0600", "0660", "0666"]);
    return set(
      "ListenStream",
      [1, 2, 3].map((version) => `/run/${stem}-${version}.sock`),
    );
  }
  if (name.endsWith(".timer")) return set("OnCalendar", ["2090-01-01", "2091-01-01", "2092-01-01"]);
  if (name.endsWith(".path"))
    return set(
      "PathExists",
      [1, 2].map((version) => `/srv/${stem}-${version}.flag`),
    );
  if (name.endsWith(".slice")) return set(random.pick(["CPUWeight", "TasksMax"]), ["51", "201", "301"]);
  // An option that goes away stays in force until the mount is restarted (docs/restarts.md), so none does.
  if (name.endsWith(".mount") && body["Type"] === "tmpfs")
    return set("Options", ["size=1M", "size=2M", "size=3M"]);
  return null;
}
