/** Units that no push may touch, so that it cannot lock the administrator out. Pure. */
import { matchesGlob } from "./glob.ts";

const defaultProtected: readonly string[] = [
  "ssh*",
  "sshd*",
  "dbus*",
  "systemd-*",
  "getty*",
  "serial-getty*",
  "console-getty*",
  "container-getty*",
  "NetworkManager*",
  "networking*",
  "wpa_supplicant*",
  "init.scope",
  "-.slice",
  "system.slice",
  "user.slice",
  "user-*.slice",
  "user@*",
  "-.mount",
  "usr.mount",
  "etc.mount",
  "var.mount",
  "boot.mount",
  // systemd.special(7): the targets that a boot, a shutdown and a rescue run through.
  "basic.target",
  "default.target",
  "emergency.*",
  "final.target",
  "getty.target",
  "graphical.target",
  "halt.target",
  "initrd*.target",
  "kexec.target",
  "local-fs*.target",
  "multi-user.target",
  "network*.target",
  "paths.target",
  "poweroff.target",
  "reboot.target",
  "remote-fs*.target",
  "rescue.*",
  "shutdown.target",
  "slices.target",
  "sockets.target",
  "swap.target",
  "sysinit.target",
  "timers.target",
  "umount.target",
];

/** Never lifted: an agent that restarts itself in the middle of an apply does not finish it. */
const alwaysProtected: readonly string[] = ["gitops-agent*"];

/**
 * @param protect more patterns of agent.yaml
 * @param allowProtected patterns of agent.yaml that lift a default one
 */
export function createProtection(
  protect: readonly string[],
  allowProtected: readonly string[],
): (unit: string) => boolean {
  const matchesAny = (patterns: readonly string[], unit: string) =>
    patterns.some((pattern) => matchesGlob(pattern, unit));
  return (unit) => {
    if (matchesAny(alwaysProtected, unit)) return true;
    if (matchesAny(protect, unit)) return true;
    return matchesAny(defaultProtected, unit) && !matchesAny(allowProtected, unit);
  };
}
