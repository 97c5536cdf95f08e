/** The seed of an end-to-end test that does random things: the same each time, so that a push is judged by what it changes. */

/**
 * @param variable the environment variable that repeats the run of a seed that was printed
 * @param everyday the seed without it; `CAMPAIGN=1` takes another one each time
 */
export function chooseSeed(variable: string, everyday: number): number {
  const chosen = process.env[variable];
  if (chosen !== undefined) return Number(chosen);
  return process.env["CAMPAIGN"] === "1" ? Date.now() % 1_000_000 : everyday;
}
