/** The other ways to bring commits to a host: each is a script of bench/peers/ that runs after a push. */
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import type { FixtureChanges } from "../../test/support/git/git-fixture.ts";
import { encryptTo, projectDirectory, repositoryPath } from "../../test/support/hosts/agent-host.ts";
import { bootMachine, type Machine } from "../../test/support/machine/machine.ts";
import type { RootName } from "../../test/support/machine/root-filesystem.ts";
import { type CaseName, caseNames } from "./cases.ts";
import { type Act, type Contender, readClockOffsetUs } from "./contender.ts";
import { downloadPackage, installPackages, packagesInMachine } from "./packages.ts";
import { Probe } from "./probe.ts";
import { makePush, Repository } from "./repository.ts";
import { makeStartingPoint, secretUnit } from "./units.ts";

export type PeerName = "shell" | "restart" | "ansible" | "cfengine" | "puppet" | "mgmt";

export interface PeerKind {
  /** As the tables name it. */
  readonly title: string;
  /** Of Debian; null when nothing has to be installed. */
  readonly package: string | null;
  readonly cases: readonly CaseName[];
  /** It takes seconds for each unit: larger fleets are left out. */
  readonly mostUnits: number;
}

const withoutSecrets = caseNames.filter((name) => name !== "secret");

export const peerKinds: Readonly<Record<PeerName, PeerKind>> = {
  shell: { title: "shell", package: null, cases: caseNames, mostUnits: Number.POSITIVE_INFINITY },
  restart: {
    title: "systemctl restart",
    package: null,
    cases: ["one", "200"],
    mostUnits: Number.POSITIVE_INFINITY,
  },
  ansible: { title: "ansible-pull", package: "ansible-core", cases: withoutSecrets, mostUnits: 50 },
  cfengine: { title: "cfengine", package: "cfengine3", cases: withoutSecrets, mostUnits: 1000 },
  puppet: { title: "puppet apply", package: "puppet-agent", cases: withoutSecrets, mostUnits: 200 },
  mgmt: { title: "mgmt", package: "mgmt", cases: [], mostUnits: 0 },
};

const scripts = "/opt/bench-peers";
const identityPath = "/etc/reconcile-identity.txt";
const deadlineMs = 1_800_000;

export class Peer implements Contender {
  readonly name: string;
  readonly machine: Machine;
  readonly probe: Probe;
  readonly group = "bench-peer";
  readonly credentialPath = `/run/reconcile/${secretUnit}/token`;
  readonly #peer: PeerName;
  readonly #recipient: string;
  readonly #repository: Repository;

  private constructor(peer: PeerName, title: string, machine: Machine, recipient: string) {
    this.name = title;
    this.machine = machine;
    this.probe = new Probe(machine);
    this.#peer = peer;
    this.#recipient = recipient;
    this.#repository = new Repository(machine);
  }

  /** @throws an error when its package cannot be had */
  static async boot(name: PeerName, root: RootName): Promise<Peer> {
    const { title, package: needed } = peerKinds[name];
    const packages = needed === null ? null : await downloadPackage(needed, root);
    const binds = [{ source: `${projectDirectory}/bench/peers`, target: scripts, readOnly: true }];
    if (packages !== null) binds.push({ source: packages, target: packagesInMachine, readOnly: true });
    const machine = await bootMachine(root, { binds });
    try {
      if (packages !== null) await installPackages(machine);
      const identity = await generateX25519Identity();
      await machine.writeFile(identityPath, `${identity}\n`, 0o600);
      const peer = new Peer(name, title, machine, await identityToRecipient(identity));
      await peer.#repository.create();
      await peer.act("first", await peer.stage(makeStartingPoint()));
      return peer;
    } catch (error) {
      await machine.destroy();
      throw error;
    }
  }

  can(name: CaseName): boolean {
    return peerKinds[this.#peer].cases.includes(name);
  }

  stage(files: FixtureChanges): Promise<string> {
    return this.#repository.stage(files);
  }

  encrypt(plaintext: string): Promise<string> {
    return encryptTo(this.#recipient, plaintext);
  }

  async act(name: CaseName, commit: string | null, units: readonly string[] = []): Promise<Act> {
    const offsetUs = readClockOffsetUs();
    const argv = [`${scripts}/run.sh`, makePush(commit), ...this.#makeCommand(name, units)];
    const output = await this.machine.check(argv, { timeoutMs: deadlineMs });
    const [began = 0, ended = 0] = output.split("\n").map(Number);
    return { beganUs: began * 1e6 + offsetUs, endedUs: ended * 1e6 + offsetUs };
  }

  /** The control group is made anew for each run. */
  resetPeak(): void {}

  peakMb(): number | null {
    return this.probe.peakMb(this.group);
  }

  ownCpuMs(): null {
    return null;
  }

  #makeCommand(name: CaseName, units: readonly string[]): readonly string[] {
    if (this.#peer === "restart" && name !== "first") return ["systemctl", "restart", ...units];
    const script = this.#peer === "restart" || this.#peer === "shell" ? "reconcile" : this.#peer;
    return [`${scripts}/${script}.sh`, repositoryPath, identityPath];
  }
}
