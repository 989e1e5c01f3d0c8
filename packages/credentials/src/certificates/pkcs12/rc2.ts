/**
 * RC2 in CBC mode (RFC 2268), decryption only. Old PKCS#12 files encrypt their certificates with 40 bits of it, and
 * OpenSSL 3 keeps it in a provider that Node does not load. It protects nothing any more; it is here to be read.
 */

// RFC 2268 section 2: 256 bytes that follow from the digits of pi.
const PI_TABLE = Buffer.from(
  [
    'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2',
    '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82',
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626',
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7',
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec',
    'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731',
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9',
    '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  ].join(''),
  'hex',
);

const blockSize = 8;

/** @param effectiveBits how much of the key counts: 40 or 128 in PKCS#12 */
export function decryptRc2Cbc(
  key: Uint8Array,
  effectiveBits: number,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Buffer {
  const expanded = expandKey(key, effectiveBits);
  const input = Buffer.from(ciphertext);
  const output = Buffer.alloc(input.length);
  let previous = Buffer.from(iv);
  for (let offset = 0; offset + blockSize <= input.length; offset += blockSize) {
    const block = input.subarray(offset, offset + blockSize);
    const plain = decryptBlock(expanded, block);
    for (let index = 0; index < blockSize; index += 1) {
      output[offset + index] = (plain[index] ?? 0) ^ (previous[index] ?? 0);
    }
    previous = block;
  }
  return output;
}

/** RFC 2268 section 2: 128 bytes, read as 64 words. */
function expandKey(key: Uint8Array, effectiveBits: number): Uint16Array {
  const length = key.length;
  const bytes = Buffer.alloc(128);
  bytes.set(key);
  const effectiveBytes = Math.ceil(effectiveBits / 8);
  const mask = 0xff >> (8 * effectiveBytes - effectiveBits);
  const pi = (index: number): number => PI_TABLE[index & 0xff] ?? 0;
  const at = (index: number): number => bytes[index] ?? 0;
  for (let index = length; index < 128; index += 1) bytes[index] = pi(at(index - 1) + at(index - length));
  bytes[128 - effectiveBytes] = pi(at(128 - effectiveBytes) & mask);
  for (let index = 127 - effectiveBytes; index >= 0; index -= 1) {
    bytes[index] = pi(at(index + 1) ^ at(index + effectiveBytes));
  }
  return Uint16Array.from({ length: 64 }, (_, index) => bytes.readUInt16LE(2 * index));
}

const rotations = [1, 2, 3, 5] as const;

/** RFC 2268 section 4: five rounds, a mashing, six rounds, a mashing, five rounds, all of it backwards. */
function decryptBlock(key: Uint16Array, block: Buffer): Buffer {
  const words = Uint16Array.from({ length: 4 }, (_, index) => block.readUInt16LE(2 * index));
  const word = (index: number): number => words[index & 3] ?? 0;
  let next = 63;
  const mixBack = (): void => {
    for (let index = 3; index >= 0; index -= 1) {
      const bits = rotations[index] ?? 0;
      const rotated = (word(index) >>> bits) | (word(index) << (16 - bits));
      const mixed = (word(index - 1) & word(index - 2)) + (~word(index - 1) & word(index - 3));
      words[index] = rotated - (key[next] ?? 0) - mixed;
      next -= 1;
    }
  };
  const mashBack = (): void => {
    for (let index = 3; index >= 0; index -= 1) {
      words[index] = word(index) - (key[word(index - 1) & 63] ?? 0);
    }
  };
  for (const rounds of [5, 6, 5]) {
    for (let round = 0; round < rounds; round += 1) mixBack();
    if (next >= 0) mashBack();
  }
  const plain = Buffer.alloc(blockSize);
  words.forEach((value, index) => plain.writeUInt16LE(value, 2 * index));
  return plain;
}
