/** Keeps alerts.json in the state directory: what was told of alerts. Nothing on the host is decided by it. */
import path from "node:path";
import * as z from "zod";
import {
  type Alert,
  type AlertRecord,
  alertClasses,
  type ChannelMemory,
  emptyAlertRecord,
} from "../core/model/alert.ts";
import { AgentError, type Diagnostic } from "../core/model/errors.ts";
import type { AlertPort } from "../core/ports/state.ts";
import { StateFile } from "./state-file.ts";
import { stateVersions } from "./state-versions.ts";

const alert: z.ZodType<Alert> = z.strictObject({
  key: z.string(),
  class: z.enum(alertClasses),
  about: z.string(),
  units: z.array(z.string()),
  summary: z.string(),
  since: z.iso.datetime(),
  reason: z.string(),
  hint: z.string().nullable(),
  command: z.string(),
});

const channel: z.ZodType<ChannelMemory> = z.strictObject({
  told: z.array(z.strictObject({ alert, toldAt: z.iso.datetime() })),
  sentAt: z.array(z.iso.datetime()),
  pending: z.array(z.string()),
  missed: z.number().int().nonnegative(),
});

const alertSchema: z.ZodType<AlertRecord> = z.strictObject({
  version: z.literal(1),
  channels: z.record(z.string(), channel),
});

export interface AlertStoreOptions {
  readonly stateDirectory: string;
  /** Called when the file was unusable. */
  readonly warn: (diagnostic: Diagnostic) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class AlertStore implements AlertPort {
  readonly #path: string;
  readonly #file: StateFile<AlertRecord>;
  readonly #warn: (diagnostic: Diagnostic) => void;

  constructor({ stateDirectory, warn, now }: AlertStoreOptions) {
    this.#path = path.join(stateDirectory, "alerts.json");
    const version = stateVersions["alerts.json"];
    this.#file = new StateFile({ path: this.#path, schema: alertSchema, version, hint: "", now });
    this.#warn = warn;
  }

  /** What was told; nothing when there is no file, or when it is unusable. `warn` is called for an unusable file. */
  async load(): Promise<AlertRecord> {
    try {
      return (await this.#file.load()) ?? emptyAlertRecord;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.#warn({
        severity: "warning",
        code: error.code,
        file: this.#path,
        message: `${error.message}; what was told of alerts is forgotten`,
        hint: "what is wrong now is told once more; nothing else depends on this file",
      });
      return emptyAlertRecord;
    }
  }

  save(record: AlertRecord): Promise<void> {
    return this.#file.save(record);
  }
}
