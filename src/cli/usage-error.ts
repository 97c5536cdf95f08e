/** Mistakes on the command line, in the words of this program. Must not know the commands. */

/** How the parser itself writes a hint. */
const didYouMean = /^\(Did you mean (.*)\?\)$/m;

const ofSystemctl = /^error: unknown command '(start|stop|restart|reload|enable|disable|mask|unmask)'$/m;

/** What the parser says about a mistake, with a hint in our form; for a command of systemctl, what to use instead. */
export function explainUsage(text: string): string {
  const [, verb] = ofSystemctl.exec(text) ?? [];
  if (verb === undefined) return text.replace(didYouMean, "hint: did you mean $1?");
  const first = text.slice(0, text.indexOf("\n"));
  return `${first}\nhint: systemctl ${verb} UNIT does that; what then differs from git is shown as drift, and suspend leaves the host alone\n`;
}
