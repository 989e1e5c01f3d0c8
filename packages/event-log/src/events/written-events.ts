import type { CloudEvent, PostausgangEvent } from '@postausgang/contracts';

/**
 * The events this process has written, by the bytes it has written. A log that hands its own records on to followers
 * hands on the same bytes, so they need not be decoded, parsed and checked again. Bytes that are read from disk or
 * network are others and are not found here.
 */
const written = new WeakMap<Uint8Array, CloudEvent>();

/** The event is a value from now on: whoever follows gets this very object. */
export function rememberWritten(value: Uint8Array, event: CloudEvent): void {
  written.set(value, event);
}

export function recallWritten(value: Uint8Array | null): PostausgangEvent | undefined {
  return value === null ? undefined : (written.get(value) as PostausgangEvent | undefined);
}
