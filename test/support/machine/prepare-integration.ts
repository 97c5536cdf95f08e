/** Installs what the integration tests need of this host, before the first of them. Vitest's globalSetup. */
import { installMissing } from "./apt.ts";
import { integrationPackages } from "./packages.ts";
import { isInstalled } from "./root-filesystem.ts";

/** Without root, or elsewhere than on Debian, the tests say themselves what they skip; with CI=true they fail. */
export async function setup(): Promise<void> {
  if (process.getuid?.() !== 0 || !isInstalled("apt-get")) return;
  await installMissing(integrationPackages, (message) => process.stderr.write(`integration: ${message}\n`));
}
