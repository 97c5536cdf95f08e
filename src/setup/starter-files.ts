/**
 * The files of a new configuration repository: small, commented, and all of them of use on any host. Pure data. A larger
 * example is config-example/.
 */
import { starterChecks } from "./starter-checks.ts";
import type { StarterFile } from "./starter-file.ts";

const config = `# What unit files cannot say. Every key is optional, and so is this file. All keys: docs/configuration.md of gitops-agent.

# Public keys of the people who may read and write every secret. Make yours with: gitops-agent keygen
# admins: [age1…]

# The hosts, each with its roles (roles/NAME/) and the public key that gitops-agent init printed there. A host that is not
# listed gets what is at the top.
# hosts:
#   web-1: { roles: [web], recipient: age1… }

# How long a unit must stay up after a change before the commit counts as applied. If it does not, the host goes back.
defaults: { health: { settle: 5s } }

# units:
#   hello.service: { on-change: reload }      what a change does, where a restart is too much
#   worker@.service: { instances: [a, b] }    the instances of a template
# files:
#   /etc/app.conf: { mode: "0640", group: app }
`;

const hello = `[Unit]
Description=A service to begin with: change it, push, and it restarts

[Service]
Environment=NAME=world
# The shell ends at once when it is told to.
ExecStart=/bin/sh -c 'echo "hello, $NAME"; exec sleep infinity'
Restart=on-failure
DynamicUser=yes

[Install]
WantedBy=multi-user.target
`;

const report = `[Unit]
Description=Write how full the disks are to the journal

[Service]
Type=oneshot
ExecStart=/bin/df --human-readable --local
`;

const timer = `[Unit]
Description=Every day: how full the disks are

[Timer]
OnCalendar=daily
RandomizedDelaySec=1h
# A host that was off at that time catches up.
Persistent=yes

[Install]
WantedBy=timers.target
`;

const readme = `# What runs on our hosts

gitops-agent makes each host as this repository says, within a minute of a push. A unit here is byte for byte the
unit on the host, and what \`[Install]\` says is enabled.

| path                                  | for                                                                  |
| ------------------------------------- | -------------------------------------------------------------------- |
| \`units/\`                              | units of every host: services, timers, drop-ins (\`x.service.d/\`), …  |
| \`files/etc/app.conf\`                  | the file \`/etc/app.conf\` of every host                               |
| \`secrets/hello.service/token.age\`     | the credential \`token\` of \`hello.service\`                            |
| \`roles/ROLE/\`, \`hosts/HOST/\`          | the same three directories, for hosts with a role and for one host   |
| \`gitops.yaml\`                         | what the files cannot say                                            |

On your machine:

\`\`\`sh
git config core.hooksPath .githooks                  # once in each clone: check before every commit
gitops-agent check                                   # the same by hand
gitops-agent secret set hello.service/token          # asks for the value, writes the encrypted file
\`\`\`

On a host: \`gitops-agent status\` says how it is, \`gitops-agent plan\` what a commit would do, \`gitops-agent history\` what was done.

CI checks every push. Delete what is not for your forge: \`.github/\`, \`.gitlab-ci.yml\` or \`.forgejo/\`. It installs gitops-agent
from the variable \`GITOPS_AGENT_PACKAGE\` of the repository: the URL of a \`gitops-agent-VERSION.tgz\`, which \`npm run package\` makes in
gitops-agent's own repository.
`;

/** In the order in which a person reads them. */
export const starterFiles: readonly StarterFile[] = [
  { path: "README.md", text: readme },
  { path: "gitops.yaml", text: config },
  { path: "units/hello.service", text: hello },
  { path: "units/disk-report.service", text: report },
  { path: "units/disk-report.timer", text: timer },
  ...starterChecks,
];
