/** What every command needs to speak: text to people, JSON to programs, errors to standard error. */
import { AgentError, type ExitCode, exitCodeOf } from "../core/model/errors.ts";
import { errnoOf } from "../lib/system-error.ts";
import { renderError } from "./render/error.ts";
import { shouldUseColour } from "./render/style.ts";

export interface OutputOptions {
  readonly json: boolean;
}

export function writeText(text: string): void {
  process.stdout.write(text);
}

/** `status | head` reads what it wants and goes; that is no failure. What a command does, and its exit code, stay as they are. */
export function allowClosedPipe(output: NodeJS.EventEmitter): void {
  output.on("error", (error) => {
    if (errnoOf(error) !== "EPIPE") throw error;
  });
}

/** Every JSON document carries the version of its format. */
export function writeJson(document: object): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

export function readScreen(): { readonly colour: boolean; readonly width: number } {
  return {
    colour: shouldUseColour(process.stdout, process.env),
    width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
  };
}

/** Reports a failure and gives the exit code for it. A bug keeps its stack: it is for us, not for the operator. */
export function reportError(error: unknown): ExitCode {
  if (error instanceof AgentError) {
    process.stderr.write(renderError(error, { colour: shouldUseColour(process.stderr, process.env) }));
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`error: this is a bug in gitops-agent, please report it\n${text}\n`);
  }
  return exitCodeOf(error);
}
