/** A multiple of four, so that every slice but the last is whole and without padding. */
const sliceChars = 3 * 65_536;

/**
 * Whether the text is base64 as RFC 4648 §4 writes it: its alphabet, correct padding, unused bits zero, no white
 * space. Node's decoder steps over whatever it does not know, so only the way back proves it.
 */
export function isCanonicalBase64(text: string): boolean {
  for (let start = 0; start < text.length; start += sliceChars) {
    const slice = text.slice(start, start + sliceChars);
    if (Buffer.from(slice, 'base64').toString('base64') !== slice) {
      return false;
    }
    const isLast = start + sliceChars >= text.length;
    if (!isLast && slice.endsWith('=')) {
      return false;
    }
  }
  return true;
}

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 'latin1');

/** 0 for two bytes that are both of the alphabet, in whichever order they lie in memory. */
const foreignPairs = createForeignPairs();

function createForeignPairs(): Uint8Array {
  const pairs = new Uint8Array(65_536).fill(1);
  for (const one of alphabet) {
    for (const other of alphabet) {
      pairs[(one << 8) | other] = 0;
    }
  }
  return pairs;
}

/**
 * The same for text that is still bytes, where it is not empty. Two characters at a time, eight times in a row: that is
 * ten times as fast as decoding and encoding, and needs no memory.
 */
export function isCanonicalBase64Bytes(bytes: Buffer): boolean {
  const body = bytes.subarray(0, -4);
  const isWhole = bytes.length % 4 === 0 && isCanonicalBase64(bytes.toString('latin1', body.length));
  if (!isWhole || body.length === 0) {
    return isWhole;
  }
  // Pairs lie at even places in memory; where the text begins at an odd one, its ends are looked at alone.
  const ends = body.byteOffset % 2 === 1 ? [body[0], body.at(-1)] : [];
  const start = body.byteOffset + ends.length / 2;
  const pairs = new Uint16Array(body.buffer, start, (body.length - ends.length) / 2);
  return holdsNoForeignPair(pairs) && ends.every((byte) => alphabet.includes(byte ?? 0));
}

function holdsNoForeignPair(pairs: Uint16Array): boolean {
  let foreign = 0;
  let at = 0;
  for (; at + 8 <= pairs.length; at += 8) {
    foreign |=
      isForeign(pairs, at) |
      isForeign(pairs, at + 1) |
      isForeign(pairs, at + 2) |
      isForeign(pairs, at + 3) |
      isForeign(pairs, at + 4) |
      isForeign(pairs, at + 5) |
      isForeign(pairs, at + 6) |
      isForeign(pairs, at + 7);
  }
  for (; at < pairs.length; at += 1) {
    foreign |= isForeign(pairs, at);
  }
  return foreign === 0;
}

function isForeign(pairs: Uint16Array, at: number): number {
  return foreignPairs[pairs[at] ?? 0] ?? 1;
}
