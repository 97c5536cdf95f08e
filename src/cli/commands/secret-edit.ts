/** `gitops-agent secret edit`: $VISUAL or $EDITOR on a file in memory, which is removed however this ends. */
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import { errnoOf } from "../../lib/system-error.ts";
import { openSecretStore } from "../compose-secrets.ts";
import { writeText } from "../output.ts";
import { renderWrittenSecret } from "../render/secret.ts";

const endingSignals = ["SIGTERM", "SIGHUP", "SIGQUIT"] as const;
/** How long an editor gets to end after a signal, before it is killed. */
const killAfterMs = 2000;

export interface SecretEditOptions {
  /** A directory in the checkout. */
  readonly repository: string;
  readonly layer: string | null;
  /** Empty: the usual places. */
  readonly identities: readonly string[];
}

export async function runSecretEdit(secret: string, options: SecretEditOptions): Promise<ExitCode> {
  const store = await openSecretStore(options.repository);
  const reference = { text: secret, layer: options.layer };
  const command = chooseEditor(process.env);
  const stop = new AbortController();
  const ended = catchSignals(stop);
  try {
    const written = await store.edit(reference, options.identities, (file) =>
      runEditor(command, file, stop.signal),
    );
    writeText(written === null ? "unchanged: nothing was written\n" : renderWrittenSecret("wrote", written));
    return ExitCode.inSync;
  } finally {
    const signal = ended();
    // The file is gone; now this process may end as it was told to.
    if (signal !== null) process.kill(process.pid, signal);
  }
}

/** A program and its arguments, separated by spaces (`code --wait`); there is no shell. */
function chooseEditor(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const [program = "", ...args] = (env["VISUAL"] || env["EDITOR"] || "").trim().split(/\s+/);
  if (program === "") return ["vi"];
  return ["vim", "nvim"].includes(basename(program)) ? [program, ...traceless, ...args] : [program, ...args];
}

/**
 * Vim keeps swap, undo and yanked text below the home directory, on a disk. The last option overrides a person's
 * settings.
 */
const traceless = ["-n", "-i", "NONE", "-c", "silent! set noundofile nobackup"];

/**
 * While an editor has the terminal, Ctrl-C goes to the editor. A signal that would end this process ends the editor
 * instead.
 * @returns a function that stops catching and tells which signal arrived
 */
function catchSignals(stop: AbortController): () => NodeJS.Signals | null {
  let received: NodeJS.Signals | null = null;
  const ignore = () => {};
  const end = (signal: NodeJS.Signals) => {
    received = signal;
    stop.abort();
  };
  process.on("SIGINT", ignore);
  for (const name of endingSignals) process.on(name, end);
  return () => {
    process.off("SIGINT", ignore);
    for (const name of endingSignals) process.off(name, end);
    return received;
  };
}

/** Resolves or rejects when the editor has ended, so that it cannot write once its directory is gone. */
function runEditor(command: readonly string[], file: string, signal: AbortSignal): Promise<void> {
  const [program = "vi", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, file], { stdio: "inherit" });
    const stop = () => {
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), killAfterMs).unref();
    };
    signal.addEventListener("abort", stop, { once: true });
    child.on("error", (error) => reject(describeStart(program, error)));
    child.on("exit", (code, name) => {
      signal.removeEventListener("abort", stop);
      if (code === 0 && !signal.aborted) resolve();
      else reject(failed(code === null ? `was ended by ${name}` : `ended with exit code ${code}`));
    });
  });
}

function describeStart(program: string, error: Error): AgentError {
  const what = errnoOf(error) === "ENOENT" ? "is not installed" : error.message;
  return new AgentError("usage", `the editor ${program} ${what}`, {
    hint: "set VISUAL or EDITOR to one that is, for example EDITOR=nano",
  });
}

function failed(how: string): AgentError {
  return new AgentError("usage", `the editor ${how}`, { hint: "nothing was changed" });
}
