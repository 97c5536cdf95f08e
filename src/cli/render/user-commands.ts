/** Commands in texts for people, as the agent of a user needs them. Pure. */

/** Those that are about a host. The others are the same for every agent. */
const commands =
  "adopt|approve|credentials|daemon|diff|doctor|drift|events|history|import|init|logs|notify|plan|resume|rollback|status|suspend|sync|uninstall|why";

const ofAgent = new RegExp(`\\bgitops-agent (?=(?:${commands})\\b)`, "g");
const ofSystemd = /\b(systemctl|journalctl|busctl) (?=-|[a-z])(?!--user)/g;

/** The text with `--user` in each command that is about the host: texts name commands for the agent of the system. */
export function nameUserCommands(text: string): string {
  return text.replace(ofAgent, "gitops-agent --user ").replace(ofSystemd, "$1 --user ");
}

/** Where a hint or a next step begins; the beginning of a hint may have a colour. */
const guidance = /^ *(?:.\[\d+m)?(?:hint:|Then run:|Nothing was applied\.).*$/gm;

/**
 * The same only in lines that say how to go on: other lines may quote what somebody else wrote.
 * @param text lines, perhaps with colours
 */
export function nameUserCommandsInHints(text: string): string {
  return text.replace(guidance, nameUserCommands);
}
