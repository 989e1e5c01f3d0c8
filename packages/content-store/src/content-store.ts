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
