/** Who runs this command. For the record of decisions only: nothing is allowed or refused by it. */
import { userInfo } from "node:os";

/**
 * The name of the user who runs the command, also through sudo. The agent cannot check it, since Node does not tell who has
 * connected to a socket; whoever may decide is root, and can claim any name.
 */
export function findInvokingUser(env: NodeJS.ProcessEnv): string {
  const { SUDO_USER: before } = env;
  return before === undefined || before === "" ? userInfo().username : before;
}
