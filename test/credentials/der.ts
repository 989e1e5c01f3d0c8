/** An element of ASN.1 from its parts, for files that no tool writes. */
function der(tag: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)),
  );
  const { length } = content;
  const lengthBytes = length < 128 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content]);
}

/** An encrypted private key of PBES2 that asks for this many rounds, in hexadecimal; there is no key in it. */
export function keyOfRounds(roundsHex: string): string {
  const kdf = der(
    0x30,
    der(0x06, '2a864886f70d01050c'),
    der(0x30, der(0x04, '0011223344556677'), der(0x02, roundsHex)),
  );
  const cipher = der(0x30, der(0x06, '60864801650304012a'), der(0x04, Buffer.alloc(16)));
  const algorithm = der(0x30, der(0x06, '2a864886f70d01050d'), der(0x30, kdf, cipher));
  const key = der(0x30, algorithm, der(0x04, Buffer.alloc(32)));
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${key.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}
