/** What agent.yaml says about the log. Pure data. */

/** From the most severe to the least. */
export type LogLevel = "warning" | "notice" | "info" | "debug";

export interface LogSettings {
  readonly format: "text" | "json";
  /** The least severe level that is still written. */
  readonly level: LogLevel;
}
