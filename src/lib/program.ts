/**
 * Runs programs as child processes: an argument array and never a shell, limits on time and on what is kept of the output.
 * Must not interpret what they print.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** How a program ended by itself: its exit status, or the signal that killed it. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signalName: string | null;
  /** The end of what it wrote to its standard error: 8 KiB at the most. */
  readonly stderr: string;
}

export interface ProgramOptions {
  /** Absent: the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** After so long the program is killed. */
  readonly timeoutMs?: number;
  readonly input?: string | Uint8Array;
}

export interface StreamOptions extends ProgramOptions {
  /** May throw: that kills the program and becomes the result. */
  readonly onOutput: (chunk: Buffer) => void;
  /** The same for standard error. */
  readonly onErrorOutput?: (chunk: Buffer) => void;
}

/** `cause` is the operating system's error. */
export class ProgramNotStarted extends Error {
  override readonly name = "ProgramNotStarted";
}

export class ProgramTimedOut extends Error {
  override readonly name = "ProgramTimedOut";
}

export class OutputTooLong extends Error {
  override readonly name = "OutputTooLong";
}

const keptStderrLength = 8192;

/**
 * Runs a program to its end, good or bad, in the root directory.
 * @throws ProgramNotStarted; ProgramTimedOut; what `onOutput` or `onErrorOutput` threw; the signal's reason
 */
export function streamProgram(
  program: string,
  args: readonly string[],
  options: StreamOptions,
): Promise<ProgramEnd> {
  const { environment, signal, timeoutMs, input = "", onOutput, onErrorOutput } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    // Where the file descriptors have run out it has no pipes.
    const child: ChildProcess = spawn(program, args, { cwd: "/", env: environment, stdio: "pipe" });
    let stderr = "";
    let failure: { readonly error: unknown } | null = null;
    const stop = (error: unknown): void => {
      failure ??= { error };
      child.kill("SIGKILL");
      // What the program has started may hold the other ends for as long as it likes.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    const hand = (take: (chunk: Buffer) => void) => (chunk: Buffer) => {
      if (failure !== null) return;
      try {
        take(chunk);
      } catch (error) {
        stop(error);
      }
    };
    const onAbort = (): void => stop(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const onTimeout = () => stop(new ProgramTimedOut(`${program} did not end within ${timeoutMs} ms`));
    const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
    child.stdout?.on("data", hand(onOutput));
    if (onErrorOutput !== undefined) child.stderr?.on("data", hand(onErrorOutput));
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-keptStderrLength);
    });
    // The program may end before it has read everything: its exit status tells why.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    child.on("error", (cause) =>
      stop(new ProgramNotStarted(`${program} cannot be started: ${cause.message}`, { cause })),
    );
    child.on("close", (exitCode, signalName) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      if (failure !== null) reject(failure.error);
      else resolve({ exitCode, signalName, stderr });
    });
  });
}

/** Keeps output up to a limit. */
export class KeptOutput {
  readonly #limitBytes: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** @throws OutputTooLong */
  readonly add = (chunk: Buffer): void => {
    this.#length += chunk.length;
    if (this.#length > this.#limitBytes) throw new OutputTooLong(`more than ${this.#limitBytes} bytes`);
    this.#chunks.push(chunk);
  };

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  text(): string {
    return this.bytes().toString("utf8");
  }
}

/**
 * Runs a program to its end, good or bad, and returns what it wrote to its standard output.
 * @throws as `streamProgram` does, and OutputTooLong
 */
export async function readProgram(
  program: string,
  args: readonly string[],
  { limitBytes, ...options }: ProgramOptions & { readonly limitBytes: number },
): Promise<ProgramEnd & { readonly stdout: string }> {
  const output = new KeptOutput(limitBytes);
  const end = await streamProgram(program, args, { ...options, onOutput: output.add });
  return { ...end, stdout: output.text() };
}
