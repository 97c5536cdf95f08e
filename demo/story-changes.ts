/** The parts of the story in which a push changes something: what is interrupted, what is not, and why. */

import {
  readAgain,
  readProcesses,
  type ServiceProcesses,
  showProcesses,
  verifyRestarted,
} from "./processes.ts";
import { linesMatching, type Trim } from "./screen.ts";
import { homeDirectory, type Stage } from "./stage.ts";
import { readFingerprint, showAnswer } from "./web-api.ts";

const changedLines: Trim = linesMatching(/^[-+](?![-+])/u);
const listTimer = "systemctl list-timers backup.timer | head -n 2";
const workers = ["default", "email", "notifications"].map((queue) => `ots-worker@${queue}.service`);

export async function playPush(stage: Stage): Promise<void> {
  const before = await readNow(stage);
  await stage.you("sed -i 's/Good morning/Good evening/' roles/jobs/units/web-api.service");
  await stage.you("git diff -U0", { trim: changedLines });
  await stage.deploy("web-api: greet in the evening");
  const after = await readAgain(stage, before);
  showProcesses(stage, before, after);
  await showReason(stage, "web-api");
  verifyRestarted(stage, before, after, ["web-api.service"]);
}

export async function playRotation(stage: Stage): Promise<void> {
  const before = await readNow(stage);
  const secret = "roles/jobs/secrets/web-api.service/db-password.age";
  await showAnswer(stage);
  await stage.you("head -c 30 /dev/urandom | base64 >~/new-password; sha256sum <~/new-password");
  await stage.you(`age --armor -R ~/recipients -o ${secret} \\\n  ~/new-password`);
  await stage.deploy("web-api: new database password");
  const digest = (await stage.machine.check(["sha256sum", `${homeDirectory}/new-password`])).slice(0, 8);
  await showAnswer(stage);
  await showReason(stage, "web-api");
  stage.verify(
    (await readFingerprint(stage)) === digest,
    `web-api.service reads the new password: sha256 ${digest}…`,
  );
  verifyRestarted(stage, before, await readAgain(stage, before), ["web-api.service"]);
}

export async function playComment(stage: Stage): Promise<void> {
  const before = await readNow(stage);
  const unit = "ots-scheduler.service";
  const file = `roles/jobs/units/${unit}`;
  await stage.you(`sed -i '/^Restart=/i # Whatever happens.' ${file}`);
  await stage.you("git diff -U0", { trim: changedLines });
  await stage.deploy("a comment");
  await stage.host("journalctl -u gitops-agent -o cat -n 4");
  const onHost = await stage.machine.readFile(`/etc/systemd/system/${unit}`);
  stage.verify(onHost.includes("# Whatever happens."), "the host has the new file, comment and all");
  await stage.verifyProperty(unit, "NeedDaemonReload", "no", "systemd has loaded it");
  verifyRestarted(stage, before, await readAgain(stage, before), []);
}

export async function playTimer(stage: Stage): Promise<void> {
  const before = await readTimer(stage);
  await stage.host(listTimer);
  await stage.you("sed -i 's/02:30/04:00/' units/backup.timer");
  await stage.you("git diff -U0", { trim: changedLines });
  await stage.deploy("backup: an hour and a half later");
  await stage.host(listTimer);
  const after = await readTimer(stage);
  stage.verify(
    after["NextElapseUSecRealtime"] !== before["NextElapseUSecRealtime"],
    "systemd has another next elapse of backup.timer",
    JSON.stringify({ before, after }),
  );
  stage.verify(
    after["InvocationID"] === before["InvocationID"],
    "backup.timer was not even restarted: same InvocationID",
  );
  const backup = "backup.service has never run";
  await stage.verifyProperty("backup.service", "ExecMainStartTimestampMonotonic", "0", backup);
}

export async function playPlan(stage: Stage): Promise<void> {
  const before = await readNow(stage);
  await stage.host("systemctl stop gitops-agent");
  await stage.you("sed -i 's/^email .*/email          10/' hosts/jobs-1/files/etc/onetime/schedule");
  await stage.you("sed -i 's/POLL_SECONDS=5/POLL_SECONDS=2/' roles/jobs/files/etc/onetime/environment");
  await stage.you("git commit -qam 'jobs: faster' && git push");
  await stage.host("gitops-agent plan", { exit: [1, "there is something to do"] });
  const meanwhile = await readAgain(stage, withoutAgent(before));
  verifyRestarted(stage, withoutAgent(before), meanwhile, []);
  await stage.host("systemctl start gitops-agent");
  await stage.waitUntilTried();
  const after = await readAgain(stage, withoutAgent(before));
  showProcesses(stage, withoutAgent(before), after);
  verifyRestarted(stage, withoutAgent(before), after, workers);
  const log = await stage.host("journalctl -u ots-scheduler -o cat -g '^schedule' -n 1");
  stage.verify(
    log.includes("email every 10s"),
    "ots-scheduler.service was reloaded: the same process has read the new schedule",
  );
}

async function readNow(stage: Stage): Promise<ServiceProcesses> {
  return readProcesses(stage, await stage.readStatus());
}

function withoutAgent(processes: ServiceProcesses): ServiceProcesses {
  return new Map([...processes].filter(([unit]) => unit !== "gitops-agent.service"));
}

async function readTimer(stage: Stage): Promise<Record<string, string>> {
  return stage.machine.properties("backup.timer", ["NextElapseUSecRealtime", "InvocationID"]);
}

async function showReason(stage: Stage, name: string): Promise<void> {
  await stage.host(`journalctl -u gitops-agent -o cat -g 'unit=${name}' -n 1`);
}
