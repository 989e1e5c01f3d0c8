import type { RefusalCursor } from './mail-view.ts';

/** The cursor as an opaque text for URLs. */
export function writeRefusalCursor({ refusedAtMs, partition, offset }: RefusalCursor): string {
  return Buffer.from(`${refusedAtMs} ${partition} ${offset}`).toString('base64url');
}

/** The cursor of a text, or undefined when it is not one. */
export function readRefusalCursor(text: string): RefusalCursor | undefined {
  const [, refusedAtMs, partition, offset] =
    /^(\d{1,15}) (\d{1,9}) (\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return refusedAtMs === undefined || partition === undefined || offset === undefined
    ? undefined
    : { refusedAtMs: Number(refusedAtMs), partition: Number(partition), offset: Number(offset) };
}
