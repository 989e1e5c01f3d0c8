/** An input that is small for what it would cost, and the refusal that it gets instead. */
export interface Bomb {
  readonly name: string;
  readonly make: () => Buffer;
  /** What the way it comes by answers. */
  readonly refusal: string;
}

export const megabyte = 1_000_000;

/** The largest request that the service takes by default. */
export const requestBytes = 25 * megabyte;

/** A text again and again, up to a size. */
export function repeated(text: string, sizeBytes: number, front = '', back = ''): Buffer {
  const filled = Buffer.alloc(Math.floor(sizeBytes / text.length) * text.length, text);
  return Buffer.concat([Buffer.from(front), filled, Buffer.from(back)]);
}
