/** What an attempt found on the host before it changed anything there, as types. Pure data only; no behaviour lives here. */

/**
 * What stood at a path before the attempt under way first touched it. `managed`: whether the last good revision has the
 * path, too. `copy`: where its bytes are kept.
 */
export type Original =
  /** What the last good revision had written there. */
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

/** An original that says what to put back. */
export type ForeignOriginal = Exclude<Original, { readonly kind: "as-applied" }>;
