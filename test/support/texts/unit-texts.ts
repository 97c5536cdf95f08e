/** Unit files that tests write again and again. */

export const enabled = "[Install]\nWantedBy=multi-user.target\n";

/** A service that runs until it is stopped; `body` adds lines to its [Service] section. */
export function sleeper(body = ""): string {
  return `[Service]\nExecStart=/bin/sleep infinity\n${body}${enabled}`;
}
