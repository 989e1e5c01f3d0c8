import { EventLogError } from '../event-log-error.ts';

/** Bounds the bytes of all appends that wait or are under way, of all topics together. */
export interface ByteBudget {
  /** Throws `log-overloaded` or `append-too-large`. */
  take(sizeBytes: number): void;
  giveBack(sizeBytes: number): void;
}

export function createByteBudget(limitBytes: number): ByteBudget {
  let heldBytes = 0;
  return {
    take(sizeBytes) {
      if (sizeBytes > limitBytes) {
        const message = `An append of ${sizeBytes} bytes is larger than the ${limitBytes} bytes allowed.`;
        throw new EventLogError('append-too-large', message);
      }
      if (heldBytes + sizeBytes > limitBytes) {
        const message = `${heldBytes} bytes wait to be written to the event log, and ${limitBytes} are allowed.`;
        throw new EventLogError('log-overloaded', message);
      }
      heldBytes += sizeBytes;
    },
    giveBack(sizeBytes) {
      heldBytes -= sizeBytes;
    },
  };
}
