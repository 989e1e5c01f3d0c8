const cr = 0x0d;
const lf = 0x0a;

/**
 * The message with CRLF as its only line end. A bare CR or LF must not go out (RFC 5321 §2.3.8): servers disagree on
 * whether it ends a line, and a message within the message can hide in that. Bytes without any are returned as is.
 */
export function withCrlf(bytes: Uint8Array): Uint8Array {
  const bare = countBare(bytes);
  if (bare === 0) {
    return bytes;
  }
  const normalized = Buffer.allocUnsafe(bytes.length + bare);
  let end = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte !== cr && byte !== lf) {
      normalized[end++] = byte;
      continue;
    }
    normalized[end++] = cr;
    normalized[end++] = lf;
    if (byte === cr && bytes[at + 1] === lf) {
      at += 1;
    }
  }
  return normalized;
}

function countBare(bytes: Uint8Array): number {
  let bare = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === lf || (byte === cr && bytes[at + 1] !== lf)) {
      bare += 1;
    } else if (byte === cr) {
      at += 1;
    }
  }
  return bare;
}
