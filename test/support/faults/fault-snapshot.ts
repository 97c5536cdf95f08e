/**
 * What a host looks like to systemd and the file system, as one value that two runs can be compared by. Only looks.
 */
import type { Machine } from "../machine/machine.ts";
import { parseProperties, splitBlocks } from "../machine/machine-output.ts";

export interface HostSnapshot {
  /** Files and links below /etc/systemd/system, /etc/containers/systemd, /etc/faults, and the stamps of timers: kind, mode, owner, content. */
  readonly files: readonly string[];
  /** Path below the current credential generation → content; and what every running consumer was given. */
  readonly credentials: readonly string[];
  /** How many generations there are. */
  readonly generations: number;
  /** Names that only an interrupted write has. */
  readonly leftovers: readonly string[];
  /** What is mounted below /srv: place, source, type, options as the kernel has them. */
  readonly mounts: readonly string[];
  /** Unit → what systemd says of it, without what differs between any two runs. */
  readonly units: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly invocations: ReadonlyMap<string, string>;
  /** Unit → the value of V in the environment of its process. */
  readonly versions: ReadonlyMap<string, string>;
}

const unitProperties = [
  "Id",
  "LoadState",
  "ActiveState",
  "SubState",
  "UnitFileState",
  "NeedDaemonReload",
  "Environment",
  "Wants",
  "TasksMax",
  "TimeoutStopUSec",
  "NextElapseUSecRealtime",
  "Listen",
  "Paths",
];

const lookAtFiles = `
echo "== files"
places=$(ls -d /etc/systemd/system /etc/containers/systemd /etc/faults /var/lib/systemd/timers 2>/dev/null || true)
find $places ! -type d ! -name '*gitops-agent*' -printf '%p %y %m %u:%g %l\\n' | sort
find $places -type f ! -name '*gitops-agent*' -exec sha256sum {} + | sort -k2
echo "== credentials"
for place in /run/gitops-agent/credentials/current/ /run/credentials/consumer.service /run/credentials/newcomer.service; do
  if [ -d $place ]; then find $place -type f -printf '%p %m %u ' -exec cat {} \\; -printf '\\n' | sort; fi
done
echo "== generations"
ls /run/gitops-agent/credentials 2>/dev/null | grep -vx current | wc -l
echo "== leftovers"
find /etc /run/gitops-agent /var/lib/gitops-agent -name '.*.gitops-agent-*' -o -path '*credentials/.unfinished*'
echo "== mounts"
awk '$5 ~ "^/srv/" { for (i = 7; $i != "-"; i++); print $5, $6, $(i+1), $(i+2), $(i+3) }' /proc/self/mountinfo | sort
echo "== units"
`;

const lookAtProcesses = `
echo
echo "== versions"
systemctl show --property=Id,MainPID -- $units | awk -F= '/^MainPID=/{pid=$2} /^Id=/{print pid+0, $2; pid=0}' |
while read -r pid unit; do
  if [ "$pid" -gt 0 ]; then echo "$unit $(tr '\\0' '\\n' <"/proc/$pid/environ" | sed -n 's/^V=//p')"; fi
done
`;

/** The whole host at this moment. */
export async function takeSnapshot(machine: Machine, units: readonly string[]): Promise<HostSnapshot> {
  const show = `systemctl show --property=${[...unitProperties, "InvocationID"].join(",")} -- ${units.join(" ")}`;
  const output = await machine.shell(`units="${units.join(" ")}"\n${lookAtFiles}${show}\n${lookAtProcesses}`);
  const sections = new Map(
    output.split(/^== /m).map((section): [string, string] => {
      const end = section.indexOf("\n");
      return [section.slice(0, end), section.slice(end + 1)];
    }),
  );
  const linesOf = (name: string) => (sections.get(name) ?? "").split("\n").filter((line) => line !== "");
  const blocks = splitBlocks(sections.get("units") ?? "").map(parseProperties);
  const shown = units.map((unit, index) => [unit, blocks[index] ?? {}] as const);
  return {
    files: linesOf("files"),
    credentials: linesOf("credentials"),
    generations: Number(linesOf("generations")[0]),
    leftovers: linesOf("leftovers"),
    mounts: linesOf("mounts"),
    units: new Map(shown.map(([unit, { InvocationID: _, ...rest }]) => [unit, sortWords(rest)])),
    invocations: new Map(shown.map(([unit, { InvocationID = "" }]) => [unit, InvocationID])),
    versions: new Map(linesOf("versions").map((line) => line.split(" ") as [string, string])),
  };
}

/** systemd lists the names of a dependency in no order. */
function sortWords(properties: Record<string, string>): Record<string, string> {
  const { Wants = "" } = properties;
  return { ...properties, Wants: Wants.split(" ").sort().join(" ") };
}
