import type { Failure, FailureCode } from '@postausgang/contracts';

/** What the policy is given from outside. */
export interface PolicyContext {
  readonly nowMs: number;
  /** 0 to 1. */
  readonly jitter: number;
  /** The failure of a code, with its sentences (`failure` of the contracts). */
  readonly failure: (code: FailureCode, detail?: string) => Failure;
}
