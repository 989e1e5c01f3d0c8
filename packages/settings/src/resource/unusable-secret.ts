import type { FindingCode } from '@postausgang/contracts';

const maskCharacters = /^[*•●·…]{3,}$/u;
const maskWords = new Set(['[sealed]', '[redacted]']);

/**
 * Why a text cannot be a secret, or undefined. A mask that a client has read somewhere and sends back must never
 * become the password; half a surrogate pair would be another password after UTF-8.
 */
export function unusableSecret(value: string): FindingCode | undefined {
  const isMask = maskCharacters.test(value) || maskWords.has(value.trim().toLowerCase());
  if (isMask) return 'secret-is-a-mask';
  return value.isWellFormed() ? undefined : 'wrong-format';
}
