import { importPoint, isCurvePoint } from './public-key-ring.ts';
import { SealingError } from './sealing-error.ts';
import { hasExactly } from './strict-shape.ts';

/** The one key management algorithm in use (RFC 7518 section 4.6). */
export const keyAlgorithm = 'ECDH-ES';
/** The one content encryption in use (RFC 7518 section 5.3). */
export const contentEncryption = 'A256GCM';

/**
 * Refuses every protected header but ours: the two algorithms, this key id, an ephemeral key on P-256. Anything else,
 * `crit`, `zip`, `p2c`, `apu`, `jku` or another curve among it, is not looked at further.
 */
export function assertJweHeader(encoded: string, keyId: string): void {
  const header = decodeHeader(encoded);
  const expected =
    hasExactly(header, ['alg', 'enc', 'kid', 'epk']) &&
    header['alg'] === keyAlgorithm &&
    header['enc'] === contentEncryption &&
    header['kid'] === keyId &&
    isEphemeralKey(header['epk']);
  if (!expected) throw new SealingError('sealed-secret-malformed');
}

// Multiplying a point off the curve with the private key would give the key away bit by bit.
function isEphemeralKey(epk: unknown): boolean {
  if (!hasExactly(epk, ['kty', 'crv', 'x', 'y']) || epk['kty'] !== 'EC' || epk['crv'] !== 'P-256')
    return false;
  return isCurvePoint(epk) && importPoint(epk) !== undefined;
}

function decodeHeader(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  } catch {
    throw new SealingError('sealed-secret-malformed');
  }
}
