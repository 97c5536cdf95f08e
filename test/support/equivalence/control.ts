/** A sequence that a reboot must show to be different, so that a comparison which sees nothing is noticed. Pure. */
import type { Sequence } from "./generate.ts";
import { emptyTree, type Tree } from "./tree.ts";

/** A drop-in below /run, loaded and in force: nothing that git, the disk, or the agent's work accounts for. */
export function makeControl(prefix: string): Sequence {
  const name = `${prefix}s1.service`;
  const tree = (comment: number): Tree => ({
    ...emptyTree(),
    units: {
      [name]: {
        born: 1,
        comment,
        ties: [],
        body: { Type: "exec", ExecStart: "/bin/sleep infinity" },
        install: { key: "WantedBy", target: "multi-user.target" },
      },
    },
  });
  const directory = `/run/systemd/system/${name}.d`;
  const actions = [
    `mkdir -p ${directory}; printf '[Service]\\nEnvironment=CONTROL=1\\n' >${directory}/90-control.conf`,
    "systemctl daemon-reload",
    `systemctl restart ${name}`,
  ];
  return {
    seed: 0,
    prefix,
    steps: [
      { actions: [], tree: tree(0), changes: [`new ${name}`] },
      { actions, tree: tree(1), changes: [`${name} gets another comment`] },
    ],
  };
}
