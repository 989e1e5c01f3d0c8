import { hash } from 'node:crypto';

/** Whether trying again can help, by code. */
const retriable = {
  /** The store holds no such content. */
  'content-missing': false,
  /** What the store holds under this hash has another one, or another size than whoever asks knows. */
  'content-corrupt': false,
  /** There is no room for more. */
  'content-full': true,
  /** The store did not answer, or refused. */
  'content-unavailable': true,
  'store-closed': false,
} as const;

export type ContentStoreErrorCode = keyof typeof retriable;

/** What went wrong with a content store. */
export class ContentStoreError extends Error {
  override readonly name = 'ContentStoreError';
  readonly code: ContentStoreErrorCode;
  readonly retriable: boolean;

  constructor(code: ContentStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retriable = retriable[code];
  }
}

const form = /^[0-9a-f]{64}$/;

export function sha256Of(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** Whatever is looked up may come from a record somebody else has written, and becomes part of a path. */
export function requireHash(sha256: string): void {
  if (!form.test(sha256)) {
    throw new ContentStoreError('content-missing', 'No content has a name that is not a SHA-256');
  }
}

/** For what has more bytes than whoever asks for it said. */
export function tooLarge(sha256: string, maxBytes: number): ContentStoreError {
  const message = `The content of ${sha256} has more than the ${maxBytes} bytes that were asked for`;
  return new ContentStoreError('content-corrupt', message);
}

/** Gives the bytes back when they are what they are meant to be. */
export function verified(sha256: string, bytes: Uint8Array): Uint8Array {
  if (sha256Of(bytes) !== sha256) {
    throw new ContentStoreError('content-corrupt', `The content of ${sha256} is not what was stored`);
  }
  return bytes;
}

/** What a store is doing, so that closing can wait for it. */
interface Pending {
  /** Runs the work, unless the store is closed. */
  run<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createPending(): Pending {
  const running = new Set<Promise<unknown>>();
  let closed = false;
  return {
    async run(work) {
      if (closed) {
        throw new ContentStoreError('store-closed', 'The content store is closed');
      }
      const result = work();
      running.add(result);
      try {
        return await result;
      } finally {
        running.delete(result);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(running);
    },
  };
}

/** Names the bytes in a store: what the log holds in their place (claim check). */
export interface StoredContent {
  /** SHA-256 of the bytes, hexadecimal in lower case. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Where large content lies, addressed by its SHA-256. The same bytes are kept once, whoever puts them, and all mailers
 * of an installation share one store. Content is never changed; `prune` takes away what nobody has put for long.
 */
export interface ContentStore {
  /**
   * Keeps the bytes. Resolves when they are durable, also when they were there before; their age then starts anew.
   *
   * @throws ContentStoreError `content-full`, `content-unavailable`, `store-closed`
   */
  put(bytes: Uint8Array): Promise<StoredContent>;
  /**
   * The bytes of this hash, compared with it. Of content that has more than `maxBytes`, no more is read, and it counts
   * as corrupt: whoever knows a size gives it, for names come from records that somebody else may have written.
   *
   * @throws ContentStoreError `content-missing`, `content-corrupt`, `content-unavailable`, `store-closed`
   */
  get(sha256: string, maxBytes?: number): Promise<Uint8Array>;
  /**
   * Removes what was put last before this time. Says how many; 0 where the store itself sees to that.
   *
   * @throws ContentStoreError `content-unavailable`, `store-closed`
   */
  prune(olderThan: Date): Promise<number>;
  /** Resolves when nothing is under way any more; what is asked for afterwards is refused. Can be called twice. */
  close(): Promise<void>;
}
