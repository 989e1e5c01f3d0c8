import type { Failure } from '@postausgang/contracts';

/** What became of one recipient in a transaction. */
export interface TransactionRecipient {
  readonly address: string;
  readonly outcome: 'sent' | 'rejected' | 'deferred' | 'unknown';
  readonly reply?: string;
  readonly failure?: Failure;
}

/** How a transaction ended, as far as the policy cares: the `finished` result of a transport is one. */
export interface TransactionResult {
  readonly recipients: readonly TransactionRecipient[];
  readonly server: string;
  readonly tls: string | null;
  readonly reply: string | null;
  readonly failure: Failure | null;
}
