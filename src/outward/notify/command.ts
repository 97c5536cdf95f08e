/** Runs a program of this host for each message, without a shell. */
import type { CommandWay } from "../../core/model/notify-settings.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { type ProgramEnd, streamProgram } from "../../lib/program.ts";
import type { Outgoing, Transport } from "./transport.ts";

const shownLength = 200;

export function makeCommand({ run: [program = "", ...args], input, timeoutMs }: CommandWay): Transport {
  return {
    checkSecrets: async () => undefined,
    send: async (outgoing, signal) => {
      const options = { signal, timeoutMs, input: makeInput(outgoing, input), onOutput: () => undefined };
      const end = await streamProgram(program, args, options);
      if (end.exitCode !== 0) throw new Error(`${program} ${explainEnd(end)}`);
      return { outcome: "sent", answer: "exit status 0" };
    },
  };
}

function makeInput({ title, text, data }: Outgoing, input: CommandWay["input"]): string {
  return input === "json" ? `${JSON.stringify(data)}\n` : `${title}\n\n${text}\n`;
}

function explainEnd({ exitCode, signalName, stderr }: ProgramEnd): string {
  const end = exitCode === null ? `was ended by ${signalName}` : `ended with exit status ${exitCode}`;
  const [last = ""] = stderr.trimEnd().split("\n").slice(-1);
  return last === "" ? end : `${end}: ${escapeUnprintable(last).slice(0, shownLength)}`;
}
