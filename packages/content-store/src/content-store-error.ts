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
