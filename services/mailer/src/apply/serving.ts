import type { Failure, OutgoingServerContent } from '@postausgang/contracts';
import type { Transport } from '@postausgang/mail';

/**
 * What mail is sent with at this moment: the transport and the settings it came from, always together. Whoever
 * sends takes one snapshot for a whole attempt, so nothing is ever sent with a mixture of old and new.
 */
export type Serving =
  | {
      readonly state: 'active';
      readonly serverId: string;
      readonly settingsVersion: number;
      readonly content: OutgoingServerContent;
      readonly transport: Transport;
    }
  | { readonly state: 'disabled'; readonly serverId: string; readonly content: OutgoingServerContent }
  | {
      readonly state: 'unavailable';
      readonly serverId: string;
      readonly content: OutgoingServerContent;
      readonly failure: Failure;
    };

export interface ServingHolder {
  current(): Serving;
  /** Replaces the snapshot and tells the listeners. */
  set(serving: Serving): void;
  /** Returns the function that ends the subscription. */
  onChange(listener: (serving: Serving) => void): () => void;
}

export function createServingHolder(initial: Serving): ServingHolder {
  let serving = initial;
  const listeners = new Set<(serving: Serving) => void>();
  return {
    current: () => serving,
    set(next) {
      serving = next;
      for (const listener of listeners) {
        listener(next);
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
