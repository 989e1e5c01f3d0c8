export interface Parts {
  headers: string;
  body: Buffer;
}

/** A message or a part at its empty line. */
export function splitAtEmptyLine(message: Uint8Array): Parts {
  const bytes = Buffer.from(message);
  const at = bytes.indexOf('\r\n\r\n');
  if (at === -1) return { headers: bytes.toString('latin1'), body: Buffer.alloc(0) };
  return { headers: bytes.toString('latin1', 0, at + 2), body: bytes.subarray(at + 4) };
}
