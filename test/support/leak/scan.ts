/**
 * Looks for secrets in every place of a machine that outlives or surrounds a process: files, the journal, git objects,
 * what systemd tells of its units, arguments and environments of processes. Judges nothing: it reports what is where.
 */
import { randomBytes } from "node:crypto";
import type { Machine } from "../machine/machine.ts";

/** A text that occurs nowhere by chance. */
export interface Needle {
  readonly name: string;
  readonly text: string;
}

export interface Finding {
  readonly needle: string;
  readonly form: "plain" | "base64" | "hex";
  /** A path, or the name of a stream such as `journal`. */
  readonly place: string;
}

export interface ScanOptions {
  /** A file of the machine: what changed after it was made is searched. Times of change (ctime) cannot be forged. */
  readonly marker: string;
  /** Before the scan's own arguments, for instance setpriv with a user. Default: root. */
  readonly asUser?: readonly string[];
}

export function makeNeedle(name: string): Needle {
  return { name, text: `secret-${name}-${randomBytes(12).toString("hex")}` };
}

export class LeakScan {
  /** What a needle looks like, to whose it is and how. */
  readonly #forms: ReadonlyMap<string, Omit<Finding, "place">>;

  constructor(needles: readonly Needle[]) {
    this.#forms = new Map(needles.flatMap(listForms));
  }

  searchText(text: string, place: string): Finding[] {
    return [...this.#forms].flatMap(([form, found]) => (text.includes(form) ? [{ ...found, place }] : []));
  }

  /** No needle is ever in an argument, an environment or a file of the machine because of the scan itself. */
  async searchMachine(machine: Machine, { marker, asUser = [] }: ScanOptions): Promise<Finding[]> {
    const argv = [...asUser, "bash", "-c", scanScript, "leak-scan", marker];
    const output = await machine.check(argv, { stdin: [...this.#forms.keys()].join("\n") });
    const findings = new Map<string, Finding>();
    for (const line of output.split("\n")) {
      const [place = "", form = ""] = line.split("\0");
      const found = this.#forms.get(form);
      if (found !== undefined) findings.set(line, { ...found, place });
    }
    return [...findings.values()];
  }
}

function listForms({ name, text }: Needle): [string, Omit<Finding, "place">][] {
  const hex = Buffer.from(text).toString("hex");
  return [
    [text, { needle: name, form: "plain" }],
    [hex, { needle: name, form: "hex" }],
    [hex.toUpperCase(), { needle: name, form: "hex" }],
    ...[0, 1, 2].map((offset): [string, Omit<Finding, "place">] => [
      encodeInside(text, offset),
      { needle: name, form: "base64" },
    ]),
  ];
}

/** The characters of base64 that depend on `text` only, when it begins `offset` bytes (modulo 3) into what is encoded. */
function encodeInside(text: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
  const firstOwn = Math.ceil((offset * 8) / 6);
  return bytes.toString("base64").slice(firstOwn, Math.floor((bytes.length * 8) / 6));
}

/** Reads the patterns from standard input; prints PLACE, a null byte, and the match, on a line each. */
const scanScript = `
patterns=$(cat) marker=$1
matches() { grep -aoFHZs -f <(printf '%s\\n' "$patterns") "$@" || true; }
stream() { label=$1; shift; "$@" 2>/dev/null | matches --label="$label" -; }
list() { find "$@" -xdev -cnewer "$marker" \\( -type l -printf 'l%l\\0' , -printf '%y%p\\0' \\) 2>/dev/null; }
list_all() {
  findmnt -rn -o TARGET,FSTYPE,OPTIONS | while read -r target type options; do
    case $type in proc|sysfs|cgroup*|devpts|mqueue|debugfs|tracefs|securityfs|bpf|configfs|fusectl|autofs) continue ;; esac
    case ,$options, in *,ro,*) continue ;; esac
    list "$target"
  done
  agent=$(systemctl show --property=MainPID --value gitops-agent.service)
  list "/proc/$agent/root/dev" "/proc/$agent/root/tmp" "/proc/$agent/root/var/tmp"
}
mapfile -d '' entries < <(list_all)
printf '%s\\n' "\${entries[@]}" | matches --label='names and links' -
files=()
for entry in "\${entries[@]}"; do [[ $entry == f* ]] && files+=("\${entry:1}"); done
for ((i = 0; i < \${#files[@]}; i += 1000)); do matches -- "\${files[@]:i:1000}"; done
matches /proc/[0-9]*/cmdline /proc/[0-9]*/environ
stream journal journalctl --all --output=export --no-pager
stream 'unit properties' systemctl show --all '*'
stream 'manager properties' systemctl show --all
for clone in /var/lib/gitops-agent/repository.git /srv/hosts.git; do
  stream "objects of $clone" git -c safe.directory='*' --git-dir="$clone" cat-file --batch-all-objects --batch
done
`;
