/** Longest line of an encoded body (RFC 2045 §6.8). */
const lineChars = 76;

/**
 * Base64 text as the body of a part: lines of 76 characters with CRLF between them. The text is moved within one
 * buffer, which costs a fraction of decoding and encoding it again.
 */
export function foldBase64(text: string): Buffer {
  const lineBreaks = Math.max(Math.ceil(text.length / lineChars) - 1, 0);
  const body = Buffer.allocUnsafe(text.length + 2 * lineBreaks);
  const textStart = 2 * lineBreaks;
  body.write(text, textStart, 'latin1');
  let end = 0;
  for (let start = textStart; start < body.length; start += lineChars) {
    if (end > 0) {
      body[end] = 0x0d;
      body[end + 1] = 0x0a;
      end += 2;
    }
    body.copyWithin(end, start, start + lineChars);
    end += lineChars;
  }
  return body;
}
