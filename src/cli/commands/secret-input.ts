/** Takes a secret value from a person or a pipe. Must not echo it, log it, or keep it longer than needed. */
import type { ReadStream } from "node:tty";
import { AgentError } from "../../core/model/errors.ts";

/** More than the limit for a secret, so that the rule for secrets reports a value that is too long. */
const limitBytes = 2 * 1024 * 1024;

const enter = new Set(["\r", "\n"]);
const erase = new Set(["\x7f", "\b"]);
const cancel = new Set(["\x03", "\x04"]);

/**
 * The whole of a pipe or file, byte for byte.
 * @throws AgentError `usage` for more than 2 MiB
 */
export async function readSecretFrom(stream: AsyncIterable<Buffer | string>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > limitBytes) {
      throw new AgentError("usage", "the value on standard input is larger than any secret may be (1 MiB)");
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/**
 * Asks twice, shows nothing of what is typed.
 * @throws AgentError `usage` when the answers differ or the person cancels (Ctrl-C, Ctrl-D)
 */
export async function promptForSecret(
  what: string,
  input: ReadStream,
  output: NodeJS.WritableStream,
): Promise<Uint8Array> {
  const first = await ask(`value of ${what} (not shown): `, input, output);
  const second = await ask("the same again: ", input, output);
  if (first !== second) {
    throw new AgentError("usage", "the two values differ", {
      hint: "nothing was written; a value of several lines comes from a pipe: gitops-agent secret set … < FILE",
    });
  }
  return new TextEncoder().encode(first);
}

async function ask(question: string, input: ReadStream, output: NodeJS.WritableStream): Promise<string> {
  output.write(question);
  input.setRawMode(true);
  input.setEncoding("utf8");
  try {
    return await readLine(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write("\n");
  }
}

function readLine(input: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const typed: string[] = [];
    const finish = (settle: () => void) => {
      input.off("data", onData);
      input.off("end", onEnd);
      settle();
    };
    const onEnd = () => finish(() => reject(cancelled()));
    const onData = (data: Buffer | string) => {
      for (const character of data.toString()) {
        if (enter.has(character)) return finish(() => resolve(typed.join("")));
        if (cancel.has(character)) return finish(() => reject(cancelled()));
        if (erase.has(character)) typed.pop();
        else typed.push(character);
      }
    };
    input.on("data", onData);
    input.on("end", onEnd);
    input.resume();
  });
}

function cancelled(): AgentError {
  return new AgentError("usage", "cancelled", { hint: "nothing was written" });
}
