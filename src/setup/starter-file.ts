/** What a new configuration repository consists of. */
export interface StarterFile {
  /** From the top of the repository. */
  readonly path: string;
  readonly text: string;
  readonly isExecutable?: true;
}
