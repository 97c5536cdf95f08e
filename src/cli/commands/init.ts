/**
 * `gitops-agent init --repo URL`: from an installed agent to one that runs. Every step leaves alone what is there, so the
 * command can be given again at any time, and goes on where it ended.
 */
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import { parseDurationMs } from "../../lib/duration.ts";
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
import { defaultConfigPath } from "../config-file.ts";
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
  const { configPath, isDry, isNow } = options;
  if (isNow && configPath !== defaultConfigPath) {
    throw new AgentError("usage", `the agent's units read ${defaultConfigPath} and no other file`, {
      hint: "leave --now out, and start the agent for this file by a unit of your own",
    });
  }
  const waitMs = readWait(options.wait);
  const setup = await readSetup(options, () => offerSshKey(configPath, isDry));
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

/** The private key for secrets: a new one, unless a person on the terminal prefers the host's own ssh key. */
async function offerSshKey(configPath: string, isDry: boolean): Promise<string> {
  const sshKey = hasPerson() && !isDry ? await findSshIdentity(configPath) : null;
  if (sshKey === null) return defaultIdentity(configPath);
  const question = `encrypt secrets for this host's ssh key, ${sshKey}? (no: a new age key is made)`;
  return (await askYesNo(question)) ? sshKey : defaultIdentity(configPath);
}
