/** The type of a revision. Pure data only. */

/** One commit of the followed branch, or the followed tag or commit. */
export interface Revision {
  readonly branch: string;
  /** Full object id, lower-case hex. */
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  /** ISO 8601. */
  readonly committedAt: string;
}
