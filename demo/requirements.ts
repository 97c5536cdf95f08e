/** What this host must be so that the demo can do the rest by itself. Only looks. */
import { isInstalled } from "../test/support/machine/root-filesystem.ts";
import { RequirementError } from "./demo-error.ts";

/** @throws RequirementError with the first thing that is missing */
export function checkRequirements(wantsShell: boolean): void {
  if (process.platform !== "linux") {
    throw new RequirementError(
      `the demo boots a machine with systemd, which needs Linux; this is ${process.platform}`,
    );
  }
  if (!isInstalled("apt-get")) {
    throw new RequirementError(
      "the demo installs what it needs with apt-get, which is not here: run it on Debian or a relative of it",
    );
  }
  if (process.getuid?.() !== 0) {
    throw new RequirementError(
      "the demo boots a machine with systemd-nspawn, which needs root: run it as root (sudo npm run demo)",
    );
  }
  if (wantsShell && !process.stdin.isTTY) {
    throw new RequirementError("--shell needs a terminal to attach the shell to");
  }
}
