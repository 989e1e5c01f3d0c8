import type { ExchangeConnectionContent } from '@postausgang/contracts';

/** What one resource has to know of the others: those it may name, and those that name it. */
export interface References {
  /** Undefined when there is none with this id. */
  exchangeConnection(id: string): ExchangeConnectionContent | undefined;
  /** The resources that name this one. */
  usersOf(resource: string): readonly string[];
}

/** Nothing else exists. */
export const noReferences: References = {
  exchangeConnection: () => undefined,
  usersOf: () => [],
};
