/** What gitops.yaml has done after a change of a managed file, besides the restarts of units that mention it. Pure data only. */

/** A command that systemd runs, or a unit of which only the name is in git. */
export type Hook =
  | {
      readonly verb: "run";
      /** Program and arguments; there is no shell. */
      readonly command: readonly string[];
    }
  | { readonly verb: "reload" | "restart"; readonly unit: string };

/** A hook that is still to be carried out. */
export interface OwedHook {
  readonly hook: Hook;
  readonly because: string;
}
