/** What the policy is given from outside. */
export interface PolicyContext {
  readonly nowMs: number;
  /** 0 to 1. */
  readonly jitter: number;
}
