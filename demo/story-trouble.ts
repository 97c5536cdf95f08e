/** The parts of the story in which somebody makes a mistake: on the host, and in git. */
import { readAgain, readProcesses, verifyRestarted } from "./processes.ts";
import { firstParagraph, linesFrom, linesMatching } from "./screen.ts";
import type { Stage } from "./stage.ts";

export async function playDrift(stage: Stage): Promise<void> {
  const before = await readProcesses(stage, await stage.readStatus());
  const edit = "sed -i 's/^MemoryMax=.*/MemoryMax=1G/'";
  await stage.host(`${edit} /etc/systemd/system/web-api.service`);
  await stage.waitForStatus("the drift to be found", ({ drift }) => drift.length > 0);
  await stage.host("journalctl -u gitops-agent -p warning -o cat -n 1");
  await stage.host("gitops-agent status", { trim: linesFrom(/^DRIFT/u), exit: [1, "the host differs"] });
  const { drift } = await stage.readStatus();
  stage.verify(
    drift.length === 1 && drift[0]?.unit === "web-api.service" && drift[0].kind === "modified",
    "one drift is reported, of web-api.service; nothing was undone behind anybody's back",
    JSON.stringify(drift),
  );
  await stage.you(`${edit} roles/jobs/units/web-api.service`);
  const status = await stage.deploy("web-api: more memory, as on jobs-1 since tonight");
  await stage.host("journalctl -u gitops-agent -o cat -n 6 | grep -E 'spared|resolved'");
  stage.verify(status.drift.length === 0, "the drift is resolved, since git says the same now");
  const memory = "systemd allows the running process 1 GiB now, for that needs no restart";
  await stage.verifyProperty("web-api.service", "MemoryMax", String(1024 ** 3), memory);
  verifyRestarted(stage, before, await readAgain(stage, before), []);
}

export async function playBadCommit(stage: Stage): Promise<void> {
  const status = await stage.readStatus();
  const before = await readProcesses(stage, status);
  await stage.you("sed -i 's/on-change: reload/on-change: relaod/' gitops.yaml");
  await stage.you("sed -i 's/Good evening/Good night/' roles/jobs/units/web-api.service");
  const rejected = await stage.push("scheduler: reload; web-api: greet at night");
  await stage.host("gitops-agent status", { trim: firstParagraph, exit: [3, "the sync has failed"] });
  stage.verify(rejected.sync.state === "rejected", "the commit is rejected");
  stage.verify(
    rejected.sync.applied?.commit === status.sync.applied?.commit,
    `the host stays with ${status.sync.applied?.commit.slice(0, 7)}`,
  );
  const unit = await stage.machine.readFile("/etc/systemd/system/web-api.service");
  stage.verify(unit.includes("Good evening"), "the good change that came along was not applied either");
  verifyRestarted(stage, before, await readAgain(stage, before), []);
  await stage.you("gitops-agent check", {
    exit: [2, "a mistake in the configuration"],
    trim: linesMatching(/error|✖/u),
  });
  stage.screen.note("(check says the same before a push: on a laptop, in a hook, in CI.)");
  await stage.you("sed -i 's/relaod/reload/' gitops.yaml");
  await stage.deploy("gitops.yaml: spelling");
  const after = await readAgain(stage, before);
  verifyRestarted(stage, before, after, ["web-api.service"]);
}
