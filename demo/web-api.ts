/** The example service that has a password: what it answers tells which one, by a fingerprint. */
import type { Stage } from "./stage.ts";

const url = "http://127.0.0.1:8080/";

/** The first digits of the sha256 of the password that the running process has read. */
export async function readFingerprint(stage: Stage): Promise<string> {
  const answer = JSON.parse(await waitForAnswer(stage)) as { "db-password": { sha256: string } };
  return answer["db-password"].sha256;
}

/** Asks the service on the host, once it listens. */
export async function showAnswer(stage: Stage): Promise<void> {
  await waitForAnswer(stage);
  await stage.host(`curl --silent ${url}`);
}

async function waitForAnswer(stage: Stage): Promise<string> {
  return stage.machine.waitFor("web-api.service to answer", async () => {
    const { stdout, exitCode } = await stage.machine.run(["curl", "--silent", "--fail", url]);
    return exitCode === 0 && stdout;
  });
}
