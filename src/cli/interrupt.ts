/** How a command that goes on until somebody ends it learns that it should. */

/** Aborts at Ctrl-C, at SIGTERM, and when nobody reads standard output any more. */
export function stopWithTheReader(): AbortController {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  process.stdout.once("error", () => stop.abort());
  return stop;
}
