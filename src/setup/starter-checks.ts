/** How a new repository is checked before a push and after it: a hook of git, and CI of three forges. Pure data. */
import type { StarterFile } from "./starter-file.ts";

const hook = `#!/bin/sh
# Finds mistakes before a commit. It looks at the files as they are, also at those that are not in the commit. In each clone:
#   git config core.hooksPath .githooks
exec gitops-agent check
`;

/** GitHub and Forgejo read the same format; only the machine that they offer has another name. */
function makeWorkflow(runner: string): string {
  return `# Finds mistakes in the units, in gitops.yaml and in who can decrypt what. Needs the variable GITOPS_AGENT_PACKAGE: see README.md.
name: check
on: [push, pull_request]

permissions:
  contents: read

jobs:
  check:
    runs-on: ${runner}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm install --global "$GITOPS_AGENT_PACKAGE"
        env: { GITOPS_AGENT_PACKAGE: "\${{ vars.GITOPS_AGENT_PACKAGE }}" }
      - run: gitops-agent check
      - run: gitops-agent secret check
`;
}

const gitlab = `# Finds mistakes in the units, in gitops.yaml and in who can decrypt what. Needs the variable GITOPS_AGENT_PACKAGE: see README.md.
check:
  image: node:22-bookworm
  script:
    # For systemd-analyze: without it check looks at less, and says so.
    - apt-get update && apt-get install --yes --no-install-recommends systemd
    - npm install --global "$GITOPS_AGENT_PACKAGE"
    - gitops-agent check
    - gitops-agent secret check
`;

export const starterChecks: readonly StarterFile[] = [
  { path: ".githooks/pre-commit", text: hook, isExecutable: true },
  { path: ".github/workflows/check.yml", text: makeWorkflow("ubuntu-latest") },
  { path: ".forgejo/workflows/check.yml", text: makeWorkflow("docker") },
  { path: ".gitlab-ci.yml", text: gitlab },
];
