/** The man page: the help of all commands, as man(7) wants it written. Pure. */
import type { CommandHelp, HelpEntry } from "./help.ts";
import type { Release } from "./release.ts";

const documentation = "/usr/share/doc/gitops-agent/docs";

export function renderManPage(commands: readonly CommandHelp[], { name, version, epoch }: Release): string {
  const [program, ...others] = commands;
  if (program === undefined) throw new Error("the program has no help");
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  return [
    ".\\\" Made by scripts/package/man-page.ts from the program's own help.",
    `.TH ${toRoff(name.toUpperCase())} 1 ${date} "${name} ${version}"`,
    ".SH NAME",
    `${toRoff(name)} \\- GitOps for the systemd units, files and secrets of a host`,
    ".SH SYNOPSIS",
    `.B ${toRoff(program.usage)}`,
    ".SH DESCRIPTION",
    toRoff(program.description),
    ".SH OPTIONS",
    ...program.options.flatMap(renderEntry),
    ".SH COMMANDS",
    ...others
      .filter(({ commands: below }) => below.length === 0 || isCommandItself(below))
      .flatMap(renderCommand),
    ".SH FILES",
    ...files.flatMap(([file, text]) => renderEntry({ term: file, text })),
    ".SH EXIT STATUS",
    `Each command's is in ${toRoff(`${documentation}/cli.md`)}.`,
    ".SH SEE ALSO",
    `.BR systemctl (1), journalctl (1), systemd.unit (5), systemd.exec (5), age (1)`,
    "",
  ].join("\n");
}

const files: readonly (readonly [string, string])[] = [
  [
    "/etc/gitops-agent/agent.yaml",
    `the agent's own configuration; every key is in ${documentation}/configuration.md`,
  ],
  ["/var/lib/gitops-agent", "the state, and backups of edited files"],
  ["/run/gitops-agent", "the agent's sockets, and decrypted credentials in memory"],
];

/** A group such as `secret` says nothing by itself; its commands do. */
function isCommandItself(below: readonly HelpEntry[]): boolean {
  return !below.some(({ term }) => term.startsWith("help "));
}

function renderCommand({
  usage,
  description,
  arguments: values,
  options,
  notes,
  examples,
}: CommandHelp): readonly string[] {
  const entries = [...values, ...options].filter(({ term }) => term !== "-h, --help");
  return [
    `.SS ${toRoff(usage.replace(" [command]", ""))}`,
    toRoff(`${description}.`),
    ...entries.flatMap(renderEntry),
    ...notes.flatMap((note) => [".PP", toRoff(note)]),
    ...(examples.length === 0 ? [] : [".PP", "Examples:"]),
    ...examples.flatMap(renderEntry),
  ];
}

function renderEntry({ term, text }: HelpEntry): readonly string[] {
  return [".TP", `.B ${toRoff(term)}`, toRoff(text)];
}

/** A line of text that means itself: groff_char(7) for the backslash and the hyphen, man(7) for a first dot or quote. */
function toRoff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/, "\\&");
}
