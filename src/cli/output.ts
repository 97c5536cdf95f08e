/** How every command writes: text for people, JSON for programs, errors to standard error. */
import { AgentError, type ExitCode, exitCodeOf } from "../core/model/errors.ts";
import { errnoOf } from "../lib/system-error.ts";
import { renderError } from "./render/error.ts";
import { shouldUseColour } from "./render/style.ts";
import { nameUserCommandsInHints } from "./render/user-commands.ts";

export interface OutputOptions {
  readonly json: boolean;
}

export function writeText(text: string): void {
  process.stdout.write(addressHints(text));
}

/** For a failure and its hint. */
export function writeError(text: string): void {
  process.stderr.write(addressHints(text));
}

/** Hints say how to go on with the agent that this process was called for. */
function addressHints(text: string): string {
  return process.argv.includes("--user") ? nameUserCommandsInHints(text) : text;
}

/**
 * A reader such as `head` may close the pipe early. That is no failure: the command goes on and keeps its exit code.
 */
export function allowClosedPipe(output: NodeJS.EventEmitter): void {
  output.on("error", (error) => {
    if (errnoOf(error) !== "EPIPE") throw error;
  });
}

/** Writes a JSON document to standard output. Every document holds the version of its format. */
export function writeJson(document: object): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

export function readScreen(): { readonly colour: boolean; readonly width: number } {
  return {
    colour: shouldUseColour(process.stdout, process.env),
    width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
  };
}

/** Reports a failure and returns its exit code. For a bug it shows the stack, which is for the developers. */
export function reportError(error: unknown): ExitCode {
  if (error instanceof AgentError) {
    writeError(renderError(error, { colour: shouldUseColour(process.stderr, process.env) }));
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`error: this is a bug in gitops-agent, please report it\n${text}\n`);
  }
  return exitCodeOf(error);
}
