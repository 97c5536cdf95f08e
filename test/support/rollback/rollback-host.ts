/**
 * A host that is partly git's and partly made by hand, and what people do to it between two pushes. Knows nothing of the agent.
 */
import type { Random } from "../differential/random.ts";
import type { FixtureEntry } from "../git/git-fixture.ts";
import type { Machine } from "../machine/machine.ts";
import { enabled, sleeper } from "../texts/unit-texts.ts";

export type Tree = Readonly<Record<string, FixtureEntry>>;

export const withVersion = (version: string) => sleeper(`Environment=V=${version}\n`);
const oneshot = "[Service]\nType=oneshot\nExecStart=/bin/true\n";
const timer = (lines: string) => `[Timer]\n${lines}\n[Install]\nWantedBy=timers.target\n`;
const socket = (path: string) => `[Socket]\nListenStream=${path}\n[Install]\nWantedBy=sockets.target\n`;
const unenabled = (version: string) => withVersion(version).replace(enabled, "");

/** What git has while everything is well, besides gitops.yaml. */
export const goodTree: Tree = {
  "units/g-plain.service": withVersion("good"),
  "units/g-other.service": withVersion("good"),
  "units/g-edited.service": withVersion("good"),
  "units/g-unenabled.service": unenabled("good"),
  "units/g-tmpl@.service": withVersion("good-%i"),
  "units/g-job.service": oneshot,
  "units/g-job.timer": timer("OnCalendar=2099-01-01\nPersistent=yes"),
  "units/g-sock.socket": socket("/run/g-sock"),
  "units/g-sock.service": unenabled("good"),
  "units/v-extended.service.d/git.conf": "[Service]\nEnvironment=G=good\n",
  "files/etc/faults/one": "good\n",
  "files/etc/faults/two": "good\n",
  "files/etc/faults/three": "good\n",
};

/** Units of the distribution. */
const vendorUnits = {
  "v-plain.service": withVersion("vendor"),
  "v-disabled.service": withVersion("vendor"),
  "v-extended.service": withVersion("vendor"),
};

/** Files that people made, as a commit that takes them over unchanged has them. */
export const handMade: Readonly<Record<string, string>> = {
  "/etc/systemd/system/h-plain.service": withVersion("hand"),
  "/etc/systemd/system/h-unenabled.service": unenabled("hand"),
  "/etc/systemd/system/h-idle.service": unenabled("hand"),
  "/etc/systemd/system/h-tmpl@.service": withVersion("hand-%i"),
  "/etc/systemd/system/h-job.service": oneshot,
  "/etc/systemd/system/h-job.timer": timer("OnCalendar=2099-01-01"),
  "/etc/systemd/system/h-sock.socket": socket("/run/h-sock"),
  "/etc/systemd/system/h-sock.service": unenabled("hand"),
  "/etc/systemd/system/v-extended.service.d/hand.conf": "[Service]\nEnvironment=H=hand\n",
  "/etc/faults/hand-one": "hand\n",
  "/etc/faults/hand-two": "hand\n",
};

/** Every unit that snapshots are about. */
export const campaignUnits = [
  "g-plain.service",
  "g-other.service",
  "g-edited.service",
  "g-unenabled.service",
  "g-tmpl@one.service",
  "g-tmpl@manual.service",
  "g-job.timer",
  "g-sock.socket",
  "g-sock.service",
  "v-plain.service",
  "v-disabled.service",
  "v-extended.service",
  "h-plain.service",
  "h-unenabled.service",
  "h-idle.service",
  "h-tmpl@one.service",
  "h-tmpl@manual.service",
  "h-job.timer",
  "h-sock.socket",
  "h-linked.service",
  "new.service",
];

/** Before the agent's first sync. */
export async function arrangeHandMade(machine: Machine): Promise<void> {
  for (const [name, text] of Object.entries(vendorUnits)) {
    await machine.writeFile(`/usr/lib/systemd/system/${name}`, text);
  }
  for (const [path, text] of Object.entries(handMade)) await machine.writeFile(path, text);
  await machine.writeFile("/opt/h-linked.service", withVersion("hand"));
  await machine.shell(`
chown daemon:adm /etc/faults/hand-one
chmod 0460 /etc/faults/hand-one
ln -s hand-one /etc/faults/hand-link
systemctl daemon-reload
systemctl link /opt/h-linked.service
systemctl enable --now h-plain.service h-job.timer h-sock.socket v-plain.service v-extended.service
systemctl enable --now h-tmpl@one.service
systemctl start h-unenabled.service h-tmpl@manual.service h-linked.service v-disabled.service
`);
}

/** After the first sync: what people run and change beside git. */
export async function arrangeBesideGit(machine: Machine): Promise<void> {
  await startByHand(machine);
  await machine.shell(`
echo "# by hand" >>/etc/systemd/system/g-edited.service
echo "by hand" >/etc/faults/two
systemctl daemon-reload
systemctl start g-sock.service
`);
}

/** Runs only because somebody started it, so that nothing but a look at the host says that it has to run. */
export async function startByHand(machine: Machine): Promise<void> {
  await machine.shell("systemctl start g-unenabled.service g-tmpl@manual.service");
}

/** What an operator may do between two pushes; each leaves the host in a state that a rollback has to keep. */
const interferences: readonly string[] = [
  "echo 'by hand, again' >>/etc/faults/one",
  "rm -f /etc/faults/three",
  "chmod 0600 /etc/faults/two",
  "chown daemon:adm /etc/faults/one; chmod 0640 /etc/faults/one",
  "ln -sf /dev/null /etc/faults/three",
  "systemctl stop g-other.service",
  "systemctl start g-other.service",
  "systemctl restart h-plain.service g-plain.service",
  "systemctl disable g-plain.service",
  "systemctl enable g-plain.service",
  "systemctl stop h-unenabled.service",
  "systemctl start h-unenabled.service",
  "sed -i 's/V=.*/V=edited/' /etc/systemd/system/g-edited.service; systemctl daemon-reload; systemctl restart g-edited.service",
  "systemctl stop g-sock.service",
  "systemctl start g-sock.service",
];

/** @returns what was done, for people */
export async function interfere(machine: Machine, random: Random): Promise<string> {
  const script = random.pick(interferences);
  await machine.shell(script);
  return script;
}
