/** What agent.yaml says of the log. Pure data. */

/** From the loudest to the quietest. */
export type LogLevel = "warning" | "notice" | "info" | "debug";

export interface LogSettings {
  readonly format: "text" | "json";
  /** The quietest level that is still written. */
  readonly level: LogLevel;
}
