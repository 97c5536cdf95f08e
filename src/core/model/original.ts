/** Types for what an attempt found at a path before it changed anything there. Pure data only. */

/**
 * What was at a path before the attempt under way first touched it. `managed`: whether the last good revision also has the
 * path. `copy`: the file that keeps the bytes.
 */
export type Original =
  /** The content that the last good revision has there. */
  | { readonly kind: "as-applied" }
  | { readonly kind: "absent"; readonly managed: boolean }
  | { readonly kind: "link"; readonly managed: boolean; readonly linkTarget: string }
  | {
      readonly kind: "file";
      readonly managed: boolean;
      readonly digest: string;
      readonly mode: number;
      readonly owner: string;
      readonly group: string;
      /** Absolute path. */
      readonly copy: string;
    };

/** An original that is not the agent's own file, so that it says what to restore. */
export type ForeignOriginal = Exclude<Original, { readonly kind: "as-applied" }>;
