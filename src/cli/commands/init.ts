/**
 * `gitops-agent init --repo URL`: from an installed agent to one that runs. Every step leaves alone what is there, so the
 * command can be given again at any time, and goes on where it ended.
 */
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import { parseDurationMs } from "../../lib/duration.ts";
import { type AgentFile, usualConfigPath } from "../agent-file.ts";
import { findHostKeyPin } from "../compose-host-key.ts";
import {
  defaultIdentity,
  findSshIdentity,
  type InitRequest,
  type InitStep,
  provideConfig,
  provideDeployKey,
  provideIdentity,
  readSetup,
} from "../compose-init.ts";
import { writeText } from "../output.ts";
import { renderInitStep } from "../render/init.ts";
import { askYesNo, hasPerson } from "../terminal.ts";
import { settleHostKey } from "./init-host-key.ts";
import { startFirstTime } from "./init-start.ts";

export interface InitOptions extends InitRequest {
  /** The fingerprint of a host key that a person has confirmed; null: none. */
  readonly acceptHostKey: string | null;
  /** How long to wait until the repository can be read, as systemd writes time spans; null: it is tried once. */
  readonly wait: string | null;
  /** Whether to apply and start without a question. */
  readonly isNow: boolean;
  /** Whether to say only what would be done. */
  readonly isDry: boolean;
}

export async function runInit(options: InitOptions): Promise<ExitCode> {
  const { file, isDry, isNow } = options;
  const usual = usualConfigPath(file.scope);
  if (isNow && file.path !== usual) {
    throw new AgentError("usage", `the agent's units read ${usual} and no other file`, {
      hint: "leave --now out, and start the agent for this file by a unit of your own",
    });
  }
  const waitMs = readWait(options.wait);
  const setup = await readSetup(options, () => offerSshKey(file, isDry));
  const identity = await provideIdentity(setup, isDry);
  tell(identity.step);
  const deployKey = await provideDeployKey(setup, isDry);
  tell(deployKey.step);
  tell(await provideConfig(setup, isDry));
  const pin = findHostKeyPin(setup.config);
  if (pin !== null && !(await settleHostKey(pin, { accepted: options.acceptHostKey, isDry }))) {
    return ExitCode.differences;
  }
  const things = {
    host: setup.config.host,
    deployKey: deployKey.publicKey,
    recipient: identity.recipient,
  };
  return await startFirstTime(setup, { waitMs, isNow, isDry }, things);
}

/** In milliseconds. */
function readWait(wait: string | null): number {
  const waitMs = wait === null ? 0 : parseDurationMs(wait);
  if (waitMs !== null) return waitMs;
  throw new AgentError("usage", `--wait ${wait} is no time span`, { hint: "write 90s, or 10min" });
}

function tell(step: InitStep | null): void {
  if (step !== null) writeText(renderInitStep(step));
}

/** The private key for secrets: a new one, unless a person on the terminal prefers an ssh key that is there. */
async function offerSshKey(file: AgentFile, isDry: boolean): Promise<string> {
  const sshKey = hasPerson() && !isDry ? await findSshIdentity(file) : null;
  if (sshKey === null) return defaultIdentity(file);
  const whose = file.scope.user === null ? "this host's" : "your";
  const question = `encrypt secrets for ${whose} ssh key, ${sshKey}? (no: a new age key is made)`;
  return (await askYesNo(question)) ? sshKey : defaultIdentity(file);
}
