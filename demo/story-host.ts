/** The parts of the story about the host as a whole: its first sync, what is taken away from it, and its next boot. */
import { firstParagraph } from "./screen.ts";
import { repositoryPath, type Stage } from "./stage.ts";
import { readFingerprint, showAnswer } from "./web-api.ts";

const consumer = "web-api.service";
const restorer = "gitops-agent-credentials.service";

export async function playFirstSync(stage: Stage): Promise<void> {
  await stage.you("git add --all && git commit -qm 'Two hosts' && git push");
  await stage.host("systemctl enable --now gitops-agent");
  const status = await stage.waitUntilTried();
  await stage.host("gitops-agent status");
  stage.verify(status.sync.state === "in-sync", "the host is in sync with the pushed commit");
  const expected = [consumer, "ots.target", "ots-worker@email.service", "quote.socket", "backup.timer"];
  const states = await stage.machine.run(["systemctl", "is-active", ...expected]);
  stage.verify(states.exitCode === 0, `systemd says active: ${expected.join(", ")}`, states.stdout);
  const failed = await stage.machine.check(["systemctl", "list-units", "--failed", "--plain", "--no-legend"]);
  stage.verify(failed === "", "systemd knows of no failed unit", failed);
  const type = await stage.machine.check([
    "stat",
    "-f",
    "-c",
    "%T",
    "/run/gitops-agent/credentials/current/",
  ]);
  stage.verify(["tmpfs", "ramfs"].includes(type), `decrypted secrets are in memory only: on a ${type}`, type);
}

export async function playPrune(stage: Stage): Promise<void> {
  const unit = "host-info.socket";
  await stage.verifyProperty(unit, "ActiveState", "active", `before: systemd listens for ${unit}`);
  await stage.you("git rm --quiet units/host-info.socket units/host-info@.service");
  await stage.deploy("host-info is not needed any more");
  await stage.host("journalctl -u gitops-agent -o cat -n 6 | grep removed");
  await stage.host(`systemctl status ${unit}`, { exit: [4, "systemctl: no such unit"] });
  await stage.verifyProperty(
    unit,
    "LoadState",
    "not-found",
    `${unit} is stopped, and systemd knows no such unit`,
  );
  const left = await stage.machine.shell("find /etc/systemd/system -name 'host-info*'");
  stage.verify(left === "", "neither its files nor its enablement are left", left);
}

export async function playReboot(stage: Stage): Promise<void> {
  const { machine, screen } = stage;
  const fingerprint = await readFingerprint(stage);
  await stage.host(`mv ${repositoryPath} ${repositoryPath}.away`);
  await machine.reboot();
  screen.note("(jobs-1 shuts down and boots)");
  const status = await stage.waitForStatus(
    "the agent to miss the repository",
    ({ source }) => source.failure !== null,
  );
  await stage.host("ip -brief address");
  await stage.host("gitops-agent status", { trim: firstParagraph });
  await showAnswer(stage);
  stage.verify(
    (await readFingerprint(stage)) === fingerprint,
    `${consumer} runs and has its password: sha256 ${fingerprint}…`,
  );
  await verifyOrder(stage);
  stage.verify(status.sync.state === "in-sync", "the host is what the last applied commit says");
  await stage.host(`mv ${repositoryPath}.away ${repositoryPath}`);
  await stage.waitForStatus("the repository to answer", ({ source }) => source.failure === null);
  stage.verify(true, "the repository is back, and the agent has noticed by itself");
}

/** The consumer's process started when the secrets had been restored. */
async function verifyOrder(stage: Stage): Promise<void> {
  const restored = await readMonotonic(stage, restorer, "ExecMainExitTimestampMonotonic");
  const started = await readMonotonic(stage, consumer, "ExecMainStartTimestampMonotonic");
  const ms = Math.round((started - restored) / 1000);
  stage.verify(
    restored > 0 && started >= restored,
    `${restorer} had restored it ${ms} ms before ${consumer} was started`,
    JSON.stringify({ restored, started }),
  );
}

/** Microseconds since the boot; 0 when it never happened. */
async function readMonotonic(stage: Stage, unit: string, property: string): Promise<number> {
  return Number((await stage.machine.properties(unit, [property]))[property] ?? 0);
}
