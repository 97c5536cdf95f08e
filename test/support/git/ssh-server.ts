/**
 * A git server behind ssh in a machine: OpenSSH's own sshd, for a user `git` with a key for each reader. A root without sshd
 * gets this host's. Knows nothing of the agent.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Machine } from "../machine/machine.ts";

const sshd = "/usr/sbin/sshd";
const directory = "/opt/ssh-server";
const hostKey = `${directory}/host_key`;
const authorizedKeys = "/home/git/.ssh/authorized_keys";

export class SshServer {
  /** `SHA256:…` of the host key, as ssh-keygen has it. */
  readonly fingerprint: string;
  readonly #machine: Machine;

  private constructor(machine: Machine, fingerprint: string) {
    this.#machine = machine;
    this.fingerprint = fingerprint;
  }

  /** Whether a server can be started at all: the machine's root or this host has sshd. */
  static isAvailable(): boolean {
    return existsSync(sshd);
  }

  /** Serves the bare repository at `path` below the home of `git`, under the name `host`, to nobody yet. */
  static async start(machine: Machine, host: string, path: string): Promise<SshServer> {
    if (!(await machine.exists(sshd))) await installSshd(machine);
    await machine.shell(`
      getent passwd sshd >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin sshd
      useradd --create-home --password '*' --shell /bin/sh git
      echo "127.0.0.1 ${host}" >>/etc/hosts
      mkdir -p ${directory} /run/sshd
      ssh-keygen -q -t ed25519 -N '' -f ${hostKey}
      install -d -o git -g git -m 700 /home/git/.ssh
      install -o git -g git -m 600 /dev/null ${authorizedKeys}
      runuser -u git -- git init --quiet --bare --initial-branch=main /home/git/${path}
    `);
    const settings = [
      "ListenAddress 127.0.0.1",
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${authorizedKeys}`,
      `PidFile ${directory}/pid`,
      "UsePAM no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
    ];
    await machine.writeFile(`${directory}/sshd_config`, `${settings.join("\n")}\n`);
    const run = ["systemd-run", "--quiet", "--unit=git-server", `--setenv=LD_LIBRARY_PATH=${directory}`];
    await machine.check([...run, sshd, "-D", "-e", "-f", `${directory}/sshd_config`]);
    await machine.shell("until exec 3<>/dev/tcp/127.0.0.1/22; do sleep 0.05; done 2>/dev/null");
    const shown = await machine.check(["ssh-keygen", "-l", "-f", `${hostKey}.pub`]);
    return new SshServer(machine, /SHA256:\S+/.exec(shown)?.[0] ?? "");
  }

  /** Lets the owner of this public key read and write, as a person registers a key. */
  async allow(publicKey: string): Promise<void> {
    const script = `cat >>${authorizedKeys}`;
    await this.#machine.check(["sh", "-c", script], { stdin: `${publicKey}\n` });
  }
}

/** The program with those of its libraries that the machine's root does not have. */
async function installSshd(machine: Machine): Promise<void> {
  await machine.writeFile(sshd, readFileSync(sshd), 0o755);
  const listed = execFileSync("ldd", [sshd], { encoding: "utf8" });
  for (const [, library = ""] of listed.matchAll(/=> (\/\S+)/g)) {
    const known = await machine.run(["sh", "-c", `ldconfig -p | grep -qw -- ${basename(library)}`]);
    if (known.exitCode !== 0) {
      await machine.writeFile(`${directory}/${basename(library)}`, readFileSync(library), 0o755);
    }
  }
}
