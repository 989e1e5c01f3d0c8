import { jsonExcess } from '@postausgang/contracts';

/** A discovery document has some 5 kB, and the keys of the largest providers 30. */
const maxAnswerBytes = 256 * 1024;

/**
 * Like `fetch`, for JSON from the identity provider: the answer is read to its end before it is given to anybody, and it is
 * refused when it is larger, or more work to parse, than such an answer can be. Rejects then.
 */
export async function boundedFetch(url: string, options: RequestInit): Promise<Response> {
  const { body, status, headers } = await fetch(url, options);
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of body ?? []) {
    sizeBytes += piece.length;
    if (sizeBytes > maxAnswerBytes) throw new Error('the answer of the identity provider is too large');
    pieces.push(piece);
  }
  const bytes = Buffer.concat(pieces);
  if (jsonExcess(bytes) !== undefined)
    throw new Error('the answer of the identity provider is too much work');
  const isEmpty = status === 204 || status === 304;
  return new Response(isEmpty ? null : bytes, { status, headers });
}
