/** What the agent did in one life, told by its events and by the jobs that came to systemd. */
import type { AgentEvent } from "../../../src/core/model/events.ts";
import type { Step } from "../../../src/core/model/plan.ts";
import { formatCommand } from "../../../src/core/units/hook-unit.ts";

/** A step that was taken; as in a plan, with what tests ask for. */
export interface DoneStep {
  readonly kind: Step["kind"];
  readonly unit?: string | null;
  readonly path?: string;
  readonly because: string;
}

export interface Done {
  readonly steps: readonly DoneStep[];
  /** Units that changed and were not interrupted. */
  readonly spared: readonly { readonly unit: string; readonly because: string; readonly pending: boolean }[];
  /** Units that systemd was expected to take along. */
  readonly alongside: readonly { readonly unit: string; readonly because: string }[];
}

const kindOf = {
  "file.written": "write",
  "file.deleted": "delete",
  "file.restored": "restore",
} as const;

export class Account {
  readonly #steps: DoneStep[] = [];
  readonly #spared: Done["spared"][number][] = [];
  readonly #alongside: Done["alongside"][number][] = [];

  get done(): Done {
    return { steps: this.#steps, spared: this.#spared, alongside: this.#alongside };
  }

  add(step: DoneStep): void {
    this.#steps.push(step);
  }

  tell(event: AgentEvent): void {
    switch (event.type) {
      case "credentials.activated":
        this.add({ kind: "credentials", because: event.generation });
        break;
      case "file.written":
      case "file.deleted":
      case "file.restored":
        this.add({ kind: kindOf[event.type], path: event.path, unit: event.unit, because: event.because });
        break;
      case "file.adopted":
        this.add({ kind: "adopt", path: event.path, unit: event.unit, because: "it is identical" });
        break;
      case "manager.reloaded":
        this.add({ kind: "daemon-reload", because: "" });
        break;
      case "hook.ran":
        this.add({ kind: "run", unit: formatCommand(event.command), because: event.because });
        break;
      case "unit.spared":
        this.#spared.push(event);
        break;
      case "unit.takenAlong":
        this.#alongside.push(event);
        break;
    }
  }
}
