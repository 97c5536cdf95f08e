/** `gitops-agent init --repository DIR`: the files of a new configuration repository. Needs no agent and no root. */
import { ExitCode } from "../../core/model/errors.ts";
import { startRepository } from "../compose-starter.ts";
import { writeText } from "../output.ts";
import { renderNewRepository } from "../render/init.ts";

export async function runInitRepository(directory: string, isDry: boolean): Promise<ExitCode> {
  const files = await startRepository(directory, isDry);
  writeText(renderNewRepository(directory, files, isDry));
  return isDry ? ExitCode.differences : ExitCode.inSync;
}
