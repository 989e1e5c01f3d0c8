/*
 * SHA-1 of its own result, many times over: what the derivation of PKCS#12 consists of. One call of node:crypto for each
 * round costs seven times as much as the round itself, and a file of NSS has 3.6 million rounds. The tests compare it with
 * node:crypto.
 */

const bytesOfHash = 20;
const wordsOfHash = 5;
const bitsOfHash = 8 * bytesOfHash;
type Five = readonly [number, number, number, number, number];

/** FIPS 180-4 §5.3.1 */
const initial: Five = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
/** FIPS 180-4 §4.2.1, one for twenty rounds each. */
const constants = Int32Array.of(0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6);

const at = (words: Int32Array, index: number): number => words[index] ?? 0;
const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** FIPS 180-4 §4.1.1: which function of three words belongs to the twenty rounds of a part. */
function mix(part: number, b: number, c: number, d: number): number {
  if (part === 0) return (b & c) | (~b & d);
  return part === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
}

/** One round of hashing (FIPS 180-4 §6.1.2): the hash in the first five words is replaced by its own hash. */
function hashOnce(words: Int32Array): void {
  words.fill(0, wordsOfHash, 16);
  words[wordsOfHash] = 0x80000000;
  words[15] = bitsOfHash;
  for (let t = 16; t < 80; t += 1) {
    words[t] = rotated(at(words, t - 3) ^ at(words, t - 8) ^ at(words, t - 14) ^ at(words, t - 16), 1);
  }
  let [a, b, c, d, e]: Five = initial;
  for (let t = 0; t < 80; t += 1) {
    const part = (t / 20) | 0;
    const next = (rotated(a, 5) + mix(part, b, c, d) + e + at(constants, part) + at(words, t)) | 0;
    e = d;
    d = c;
    c = rotated(b, 30);
    b = a;
    a = next;
  }
  words[0] = a + initial[0];
  words[1] = b + initial[1];
  words[2] = c + initial[2];
  words[3] = d + initial[3];
  words[4] = e + initial[4];
}

/** @param hash 20 bytes. @returns SHA-1 of SHA-1 of … it. */
export function repeatSha1(hash: Uint8Array, rounds: number): Buffer {
  const words = new Int32Array(80);
  const view = new DataView(hash.buffer, hash.byteOffset, bytesOfHash);
  for (let index = 0; index < wordsOfHash; index += 1) words[index] = view.getInt32(4 * index);
  for (let round = 0; round < rounds; round += 1) hashOnce(words);
  const result = Buffer.alloc(bytesOfHash);
  for (let index = 0; index < wordsOfHash; index += 1) result.writeInt32BE(words[index] ?? 0, 4 * index);
  return result;
}
