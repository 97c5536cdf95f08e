/** Mistakes that people make with agent.yaml, a repository and the command line. Each becomes a part of a golden file. */

export interface Mistake {
  readonly title: string;
  /** After `gitops-agent`; `{config}` is the path of agent.yaml, `{repository}` the directory of `files`. */
  readonly args: readonly string[];
  /** The text of agent.yaml; absent: one that is right. */
  readonly config?: string;
  /** A repository to check: path → content. */
  readonly files?: Readonly<Record<string, string>>;
}

const url = "repository: git@git.example.org:ops/hosts.git";
const plan = ["-c", "{config}", "plan"];

function inConfig(title: string, ...lines: readonly string[]): Mistake {
  return { title, args: plan, config: `${[url, ...lines].join("\n")}\n` };
}

function inRepository(title: string, files: Readonly<Record<string, string>>): Mistake {
  return { title, args: ["check", "{repository}"], files };
}

const service = "[Service]\nExecStart=/bin/sleep infinity\n\n[Install]\nWantedBy=multi-user.target\n";

export const mistakes: readonly Mistake[] = [
  { title: "agent.yaml is not there", args: ["-c", "/nonexistent/agent.yaml", "plan"] },
  { title: "agent.yaml is empty", args: plan, config: "" },
  { title: "no repository", args: plan, config: "host: media\n" },
  inConfig("a tab in place of blanks", "verify:", "\tallowed-signers: /etc/signers"),
  inConfig("a misspelt key", "intervall: 60s"),
  inConfig("a key twice", "host: media", "host: web"),
  inConfig("a number without a unit", "interval: 60"),
  inConfig("a time span that is too short", "interval: 1s"),
  inConfig("a relative path", "identities: [identity.txt]"),
  inConfig("verify without keys", "verify: { commits: tip }"),
  inConfig("a share without a percent sign", "prune-limit: 50"),
  inConfig("a window that is none", 'windows: ["Mon-Fri 2am-5am"]'),
  inConfig("a level that is none", "log: { level: verbose }"),
  inConfig("a name with a slash", "host: media/1"),
  {
    title: "a password in the URL",
    args: plan,
    config: "repository: https://me:hunter2@git.example.org/hosts.git\n",
  },
  {
    title: "a branch and a tag",
    args: plan,
    config: "repository: { url: /srv/hosts.git, branch: main, tag: v1 }\n",
  },
  {
    title: "a ref in place of a branch",
    args: plan,
    config: "repository: { url: /srv/hosts.git, branch: refs/heads/main }\n",
  },
  { title: "half a commit", args: plan, config: "repository: { url: /srv/hosts.git, commit: 3f2a91c }\n" },
  {
    title: "a token for ssh",
    args: plan,
    config: "repository: { url: git@git.example.org:ops/hosts.git, token-file: /etc/token }\n",
  },
  inConfig("metrics without a place", "metrics: { port: 9638 }"),
  inConfig("a name to listen on", "metrics: { listen: localhost:9638 }"),
  inConfig("a webhook without a secret", "webhook: { listen: 127.0.0.1:9639 }"),
  inConfig("a secret in agent.yaml", "webhook: { secret: hunter2, secret-file: /etc/secret }"),
  inConfig("a forge that is not known", "commit-status: { token-file: /etc/token }"),
  inConfig("two destinations", "publish: { amqp: { url-file: /etc/url, queue: a, exchange: b } }"),
  inConfig("a way to notify that is none", "notify:", "  - sms: { to: alice }"),
  { title: "a command that is none", args: ["statsu"] },
  { title: "a command of systemctl", args: ["restart", "web.service"] },
  { title: "an option that is none", args: ["status", "--verbose"] },
  { title: "a unit too many", args: ["why", "a.service", "b.service"] },
  { title: "a number that is none", args: ["history", "-n", "some"] },
  { title: "an empty reason", args: ["suspend", "--because", ""] },
  { title: "a suspension for soon", args: ["-c", "{config}", "suspend", "--for", "soon"] },
  { title: "nobody to notify", args: ["-c", "{config}", "notify", "test"] },
  { title: "a directory that is not there", args: ["check", "/nonexistent"] },
  inRepository("a repository without units", { "README.md": "hello\n" }),
  inRepository("units in a place of one's own", { "services/web.service": service }),
  inRepository("a misspelt setting", {
    "units/web.service": service.replace("\n\n", "\nRestrat=always\n\n"),
  }),
  inRepository("a time span that is none", {
    "units/web.service": `${service}[Service]\nTimeoutStopSec=5 parsecs\n`,
  }),
  inRepository("a unit for ssh", { "units/ssh.service": service }),
  inRepository("a misspelt key in gitops.yaml", {
    "units/web.service": service,
    "gitops.yaml": "unit:\n  web.service: {}\n",
  }),
  inRepository("a rule for no unit", {
    "units/web.service": service,
    "gitops.yaml": "units:\n  wbe.service: { on-change: none }\n",
  }),
  inRepository("a secret in plain text", {
    "units/web.service": service,
    "secrets/web.service/token.age": "hunter2\n",
  }),
  inRepository("a secret for no unit", {
    "units/web.service": service,
    "secrets/db.service/token.age": "hunter2\n",
  }),
  inRepository("a file in a closed place", {
    "units/web.service": service,
    "files/etc/passwd": "root::0:0::/:/bin/sh\n",
  }),
];
