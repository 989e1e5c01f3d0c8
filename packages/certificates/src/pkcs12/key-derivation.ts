import { hash } from 'node:crypto';

/** What derived bytes are for (RFC 7292 §B.3). */
export type Purpose = 'key' | 'iv' | 'mac';

export interface Derivation {
  /** As node:crypto names it. */
  readonly digest: string;
  readonly password: Buffer;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

const purposeByte = { key: 1, iv: 2, mac: 3 } as const satisfies Record<Purpose, number>;

/** Block sizes of the hash functions, in bytes. */
const blockSizes: Readonly<Record<string, number>> = {
  sha1: 64,
  sha224: 64,
  sha256: 64,
  sha384: 128,
  sha512: 128,
};

/** Pseudo-random bytes from a password as PKCS#12 makes them (RFC 7292 §B.2). */
export function derivePkcs12(
  { digest, password, salt, iterations }: Derivation,
  purpose: Purpose,
  sizeBytes: number,
): Buffer {
  const blockSize = blockSizes[digest] ?? 64;
  const diversifier = Buffer.alloc(blockSize, purposeByte[purpose]);
  let input: Buffer = Buffer.concat([repeated(salt, blockSize), repeated(password, blockSize)]);
  const parts: Uint8Array[] = [];
  for (let derived = 0; derived < sizeBytes;) {
    let block: Uint8Array = Buffer.concat([diversifier, input]);
    for (let round = 0; round < iterations; round += 1) block = hash(digest, block, 'buffer');
    parts.push(block);
    derived += block.length;
    input = nextInput(input, repeated(block, blockSize).subarray(0, blockSize), blockSize);
  }
  return Buffer.concat(parts).subarray(0, sizeBytes);
}

/** The bytes again and again, up to a whole number of blocks. */
function repeated(bytes: Uint8Array, blockSize: number): Buffer {
  const size = blockSize * Math.ceil(bytes.length / blockSize);
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => bytes[index % bytes.length] ?? 0));
}

/** Each block of the input plus the derived block plus one, modulo its size (step 6C). */
function nextInput(input: Buffer, addend: Uint8Array, blockSize: number): Buffer {
  const next = Buffer.from(input);
  for (let start = 0; start < next.length; start += blockSize) {
    let carry = 1;
    for (let index = blockSize - 1; index >= 0; index -= 1) {
      const sum = (next[start + index] ?? 0) + (addend[index] ?? 0) + carry;
      next[start + index] = sum & 0xff;
      carry = sum >> 8;
    }
  }
  return next;
}
