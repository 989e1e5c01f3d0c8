/*
 * Keys from passwords. Whoever writes a file says how many rounds it takes, so there is one budget for each file, and what
 * was derived once is not derived again. All of it takes time; it runs where nothing else waits (`certificate-thread.ts` of
 * config-api).
 */
import { hash, pbkdf2Sync } from 'node:crypto';
import { CertificateError } from '../certificate-problem.ts';
import { repeatSha1 } from './repeated-sha1.ts';

/** What derived bytes are for (RFC 7292 §B.3). */
type Purpose = 'key' | 'iv' | 'mac';

interface Derivation {
  /** As node:crypto names it. */
  readonly digest: string;
  readonly password: Buffer;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** Sixteen times what writers use by default. */
const maxRounds = 10_000_000;
const maxRoundsOfFile = 15_000_000;

/**
 * The derivations of one file. Each throws CertificateError `certificate-rounds-too-many` before the rounds that would be too
 * many are done, and `certificate-encryption-unsupported` where there are none.
 */
export interface Derivations {
  /** RFC 7292 §B.2: the encryption of old PKCS#12 files, and the MAC of most. */
  pkcs12(derivation: Derivation, purpose: Purpose, sizeBytes: number): Buffer;
  /** RFC 8018 §5.2 */
  pbkdf2(derivation: Derivation, sizeBytes: number): Buffer;
  /** RFC 8018 §5.1: of PKCS#5 before version 2. */
  pbkdf1(derivation: Derivation): Buffer;
}

export function createDerivations(): Derivations {
  const derived = new Map<string, Buffer>();
  let roundsLeft = maxRoundsOfFile;

  function once(how: string, derivation: Derivation, derive: () => Buffer): Buffer {
    const { digest, password, salt, iterations } = derivation;
    const parts = [how, digest, password.toString('hex'), Buffer.from(salt).toString('hex'), iterations];
    const known = derived.get(parts.join());
    if (known !== undefined) return known;
    if (!Number.isSafeInteger(iterations) || iterations < 1) {
      throw new CertificateError('certificate-encryption-unsupported', `${iterations} rounds`);
    }
    roundsLeft -= iterations;
    if (iterations > maxRounds || roundsLeft < 0) {
      throw new CertificateError('certificate-rounds-too-many', `${iterations} rounds`);
    }
    const bytes = derive();
    derived.set(parts.join(), bytes);
    return bytes;
  }

  return {
    pkcs12: (derivation, purpose, sizeBytes) =>
      once(`${purpose} ${sizeBytes}`, derivation, () => derivePkcs12(derivation, purpose, sizeBytes)),
    pbkdf2: (derivation, sizeBytes) =>
      once(`pbkdf2 ${sizeBytes}`, derivation, () => {
        const { password, salt, iterations, digest } = derivation;
        return pbkdf2Sync(password, salt, iterations, sizeBytes, digest);
      }),
    pbkdf1: (derivation) => once('pbkdf1', derivation, () => derivePbkdf1(derivation)),
  };
}

function derivePbkdf1({ digest, password, salt, iterations }: Derivation): Buffer {
  return hashAgainAndAgain(digest, Buffer.concat([password, salt]), iterations);
}

function hashAgainAndAgain(digest: string, input: Uint8Array, rounds: number): Buffer {
  let block = hash(digest, input, 'buffer');
  if (digest === 'sha1') return repeatSha1(block, rounds - 1);
  for (let round = 1; round < rounds; round += 1) block = hash(digest, block, 'buffer');
  return block;
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
function derivePkcs12(
  { digest, password, salt, iterations }: Derivation,
  purpose: Purpose,
  sizeBytes: number,
): Buffer {
  const blockSize = blockSizes[digest] ?? 64;
  const diversifier = Buffer.alloc(blockSize, purposeByte[purpose]);
  let input: Buffer = Buffer.concat([repeated(salt, blockSize), repeated(password, blockSize)]);
  const parts: Uint8Array[] = [];
  for (let derived = 0; derived < sizeBytes;) {
    const block = hashAgainAndAgain(digest, Buffer.concat([diversifier, input]), iterations);
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
