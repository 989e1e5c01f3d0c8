/** The longest text of a server that is shown or stored, in UTF-16 units. */
export const maxReplyLength = 500;

/** Control characters, invisible format characters (those that reverse text among them), line separators. */
const unsafeCharacters = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** What a server said, fit to be shown and stored: one line, no control characters, shortened. */
export function untrustedText(text: string): string {
  const line = text
    .slice(0, 4 * maxReplyLength)
    .replace(unsafeCharacters, ' ')
    .trim();
  return line.slice(0, maxReplyLength).toWellFormed();
}
