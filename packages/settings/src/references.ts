import type { CertificateContent, ExchangeConnectionContent } from '@postausgang/contracts';

/** What one resource has to know of the others: those it may name, and those that name it. */
export interface References {
  /** Undefined when there is none with this id. */
  exchangeConnection(id: string): ExchangeConnectionContent | undefined;
  /** Undefined when there is none with this id. */
  certificate(id: string): CertificateContent | undefined;
  /** The resources that name this one. */
  usersOf(resource: string): readonly string[];
  /** The time to judge by what has a beginning or an end; null: neither counts. */
  readonly nowMs: number | null;
}

/** Nothing else exists. */
export const noReferences: References = {
  exchangeConnection: () => undefined,
  certificate: () => undefined,
  usersOf: () => [],
  nowMs: null,
};
