/** Examples in the help of commands. Each line is a command that can be typed, and what it is for. Pure data. */

/** By the words of the command. */
const examples: Readonly<Record<string, readonly (readonly [line: string, use: string])[]>> = {
  status: [
    ["gitops-agent status", "the host"],
    ["gitops-agent status web", "one unit, by its name without the ending"],
    ["gitops-agent status --watch", "as it changes"],
  ],
  why: [["gitops-agent why web.service", ""]],
  history: [
    ["gitops-agent history -n 5", ""],
    ["gitops-agent history @2", "the sync before the last one, with its diff"],
    ["gitops-agent history 3f2a91c", "the sync of a commit"],
  ],
  events: [
    ["gitops-agent events --since 10min", ""],
    ["gitops-agent events --follow web.service", "what is done to one unit from now on"],
  ],
  logs: [
    ["gitops-agent logs", "of the units that the last change touched"],
    ["gitops-agent logs -f web.service", ""],
  ],
  plan: [
    ["gitops-agent plan", ""],
    ["gitops-agent plan --explain", "with each difference, and why it interrupts"],
  ],
  sync: [
    ["gitops-agent sync", ""],
    ["gitops-agent sync --now", "also outside of a window, and without an approval"],
    ["gitops-agent sync --retry", "a revision that was rolled back once more"],
  ],
  diff: [
    ["gitops-agent diff", ""],
    ["gitops-agent diff web.service /etc/app.conf", ""],
  ],
  drift: [
    ["gitops-agent drift", ""],
    ["gitops-agent drift web.service", "with the diff and what can be done"],
  ],
  "drift correct": [
    ["gitops-agent drift correct web.service", ""],
    ["gitops-agent drift correct --all", ""],
  ],
  "drift adopt": [["gitops-agent drift adopt web.service | git apply", "in a checkout of the repository"]],
  suspend: [
    ['gitops-agent suspend --for 2h --because "the disk is replaced"', ""],
    ["gitops-agent suspend", "until gitops-agent resume"],
  ],
  rollback: [
    ["gitops-agent rollback", "shows what would change, and asks"],
    ['gitops-agent rollback 3f2a91c --because "login is broken" --until-next', ""],
    ["gitops-agent rollback @3 --yes", ""],
  ],
  resume: [["gitops-agent resume", ""]],
  approve: [["gitops-agent approve 3f2a91c", ""]],
  adopt: [["gitops-agent adopt web.service", ""]],
  check: [
    ["gitops-agent check .", "in a checkout, before a push"],
    ["gitops-agent check --suggest", "a layout for a repository that was made for something else"],
  ],
  doctor: [["gitops-agent doctor", ""]],
  import: [["gitops-agent import --all-local --to ~/hosts", "all units that people made on this host"]],
  init: [
    ["gitops-agent init --repo git@git.example.org:ops/hosts.git --wait --now", ""],
    ["gitops-agent init --repository ~/hosts", "starts a repository"],
  ],
  uninstall: [["gitops-agent uninstall --dry-run", ""]],
  "secret set": [
    ["gitops-agent secret set web.service/token", "in a checkout; asks for the value"],
    ["pwgen 32 1 | gitops-agent secret set web.service/token", ""],
  ],
  "secret edit": [["gitops-agent secret edit web.service/app.env", ""]],
  "secret rekey": [["gitops-agent secret rekey", "after a host or an admin was added to gitops.yaml"]],
  "secret list": [["gitops-agent secret list", ""]],
  "secret check": [["gitops-agent secret check", "in CI, without a private key"]],
  keygen: [
    ["gitops-agent keygen", "a key of one's own, to write secrets"],
    ["gitops-agent keygen -o /etc/gitops-agent/identity.txt", "a key of a host"],
  ],
  "notify test": [["gitops-agent notify test --to ntfy", ""]],
};

/** The part of the help with the examples; empty for a command that has none. */
export function describeExamples(words: readonly string[]): string {
  const lines = examples[words.join(" ")] ?? [];
  if (lines.length === 0) return "";
  const width = Math.max(...lines.map(([line]) => line.length));
  const shown = lines.map(([line, use]) => `  ${use === "" ? line : `${line.padEnd(width)}  ${use}`}`);
  return `\nExamples:\n${shown.join("\n")}`;
}

export const exampleCommands: readonly string[] = Object.keys(examples);
