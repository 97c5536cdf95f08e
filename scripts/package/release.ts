/** Which release is packaged, and the one time that everything in the packages has. */
import packageJson from "../../package.json" with { type: "json" };
import { run } from "./run.ts";

export interface Release {
  readonly name: string;
  readonly version: string;
  /** One line. */
  readonly description: string;
  /** Seconds since 1970. */
  readonly epoch: number;
}

/**
 * The release that package.json names. Its time is SOURCE_DATE_EPOCH (reproducible-builds.org), or that of the last commit.
 * @throws an error when there is neither
 */
export async function readRelease(): Promise<Release> {
  const { name, version, description } = packageJson;
  const text = process.env["SOURCE_DATE_EPOCH"] || (await run(["git", "log", "-1", "--format=%ct"]));
  const epoch = Number(text);
  if (!Number.isInteger(epoch) || epoch <= 0)
    throw new Error(`SOURCE_DATE_EPOCH is "${text.trim()}", and not a number of seconds`);
  return { name, version, description, epoch };
}
