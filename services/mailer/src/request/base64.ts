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

/** What is decoded only to be counted. */
const counted = Buffer.allocUnsafeSlow((48 * 1024 * 3) / 4);
const countedChars = (counted.length / 3) * 4;

/**
 * The same for text that is still bytes, where it is not empty. Whatever the decoder steps over is missing in what it has
 * written: counting takes a fraction of the way back. Of what it takes for more than the alphabet, the last four characters
 * and those of base64url, the rest is asked for.
 */
export function isCanonicalBase64Bytes(bytes: Buffer): boolean {
  const end = bytes.length - 4;
  if (bytes.length % 4 !== 0 || !isCanonicalBase64(bytes.toString('latin1', end))) {
    return false;
  }
  for (let start = 0; start < end; start += countedChars) {
    const slice = bytes.toString('latin1', start, Math.min(start + countedChars, end));
    if (counted.write(slice, 'base64') * 4 !== slice.length * 3) {
      return false;
    }
  }
  return !bytes.includes('-') && !bytes.includes('_');
}
