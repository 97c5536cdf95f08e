/** The ways in which the demo ends early. */

/** Something is not as the story says: the agent is wrong, or the demo is. */
export class DemoError extends Error {
  override readonly name = "DemoError";
}

/** The demo cannot run here. The message says what is missing. */
export class RequirementError extends Error {
  override readonly name = "RequirementError";
}

/** Somebody has ended the demo. */
export class InterruptError extends Error {
  override readonly name = "InterruptError";
}
