/** Reads the headline of a host in every place where it stands. Must not change anything on the host but by a sync. */
import { expect } from "vitest";
import type { Status, SyncState } from "../../../src/core/model/status.ts";
import type { AgentHost } from "./agent-host.ts";

/** What all that people and monitors look at says at one time. */
export interface Look {
  readonly status: Status;
  readonly text: string;
  readonly exitCode: number;
  readonly statusText: string;
}

export class HeadlineReader {
  readonly #host: AgentHost;

  constructor(host: AgentHost) {
    this.#host = host;
  }

  async look(): Promise<Look> {
    // One after the other, so that the text is never older than what a test has waited for.
    const properties = await this.#host.machine.properties("gitops-agent.service", ["StatusText"]);
    const json = await this.#host.run("status", "--json");
    const text = await this.#host.run("status");
    return {
      status: JSON.parse(json.stdout) as Status,
      text: text.stdout,
      exitCode: text.exitCode,
      statusText: properties["StatusText"] ?? "",
    };
  }

  /** Until status says so and the daemon has found it by itself. */
  async waitForLook(what: string, isSo: (found: Look) => boolean): Promise<Look> {
    return this.#host.machine.waitFor(what, async () => {
      const found = await this.look();
      return isSo(found) ? found : undefined;
    });
  }

  async waitForState(state: SyncState, word: string = state.replace("-", " ")): Promise<Look> {
    return this.waitForLook(
      `the headline ${state}`,
      ({ status, statusText }) => status.sync.state === state && statusText.startsWith(word),
    );
  }

  async waitForDegraded(word: string, statusText: string): Promise<Look> {
    return this.waitForLook(
      `the daemon to say: ${statusText}`,
      (found) =>
        found.status.sync.state === "degraded" &&
        found.status.units.some(({ finding }) => finding?.word === word) &&
        found.statusText.includes(statusText),
    );
  }

  async journalLines(...parts: readonly string[]): Promise<readonly string[]> {
    const text = await this.#host.machine.journal({ unit: "gitops-agent.service", output: "cat" });
    return text.split("\n").filter((line) => parts.every((part) => line.includes(part)));
  }

  async expectToldOnce(event: string, unit: string, ...parts: readonly string[]): Promise<void> {
    await this.#host.machine.waitFor(
      `${event} of ${unit}`,
      async () => (await this.journalLines(event, unit, ...parts)).length > 0,
    );
    // Two more rounds have nothing to add.
    await this.#host.run("sync");
    await this.#host.run("sync");
    expect(await this.journalLines(event, unit, ...parts)).toHaveLength(1);
  }
}

/** The line of a unit in the text. */
export function rowOf(text: string, unit: string): string {
  return text.split("\n").find((line) => line.startsWith(`${unit} `)) ?? "";
}
