/** Sends a test message through each channel, and reports what the other side answers. */
import type { ChannelSettings } from "../../core/model/notify-settings.ts";
import { makeTransport } from "./make-transport.ts";
import { makeTestOutgoing } from "./message-text.ts";

export interface TestResult {
  readonly name: string;
  readonly kind: ChannelSettings["way"]["kind"];
  readonly sent: boolean;
  /** What was answered, or why it could not be sent. Has no secret. */
  readonly answer: string;
}

/** Never throws for a channel that does not work: its result says why. */
export async function sendTest(
  settings: ChannelSettings,
  host: string,
  signal: AbortSignal,
): Promise<TestResult> {
  const found = { name: settings.name, kind: settings.way.kind };
  try {
    const transport = await makeTransport(settings);
    const answered = await transport.send(makeTestOutgoing({ host, nowMs: Date.now() }), signal);
    if (answered.outcome === "sent") return { ...found, sent: true, answer: answered.answer };
    return { ...found, sent: false, answer: answered.reason };
  } catch (error) {
    signal.throwIfAborted();
    return { ...found, sent: false, answer: error instanceof Error ? error.message : String(error) };
  }
}
