/** What agent.yaml says about the log. Pure data. */

/** From the most severe to the least, in the words of journalctl(1). */
export type LogLevel = "err" | "warning" | "notice" | "info" | "debug";

export interface LogSettings {
  readonly format: "text" | "json";
  /** The least severe level that is still written. */
  readonly level: LogLevel;
}
