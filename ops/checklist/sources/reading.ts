/** What there is to know of a part that runs. */
export type Reading<Facts> =
  | { readonly kind: "absent" }
  /** It was asked and did not answer as it must: a fault. */
  | { readonly kind: "failed"; readonly subject: string; readonly problem: string }
  /** It answered that whoever asks lacks a right. */
  | { readonly kind: "refused"; readonly subject: string; readonly problem: string; readonly missing: string }
  | { readonly kind: "read"; readonly facts: Facts };
