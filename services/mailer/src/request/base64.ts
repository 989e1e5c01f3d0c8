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
