/** Every code of {@link SealingError} with its general meaning. Codes are stable; sentences may change. */
export const sealingErrors = {
  'secret-required': 'The secret was not sealed for this destination; it has to be entered again.',
  'secret-malformed': 'The secret is not valid Unicode text.',
  'sealed-secret-malformed': 'The sealed secret is not a JWE of the expected form.',
  'key-unknown': 'The secret is sealed to a key that is not in the key ring.',
  'public-key-malformed': 'The public key ring is not usable.',
  'public-key-missing': 'There is no file of public keys; a mailer writes it when it starts.',
  'key-file-malformed': 'A key file does not hold a private sealing key.',
} as const;

export type SealingErrorCode = keyof typeof sealingErrors;

/**
 * Why sealing or opening was refused. Neither the message nor the properties ever hold a secret, a private key or what
 * a library said about them; therefore there is no `cause`.
 */
export class SealingError extends Error {
  override readonly name = 'SealingError';
  readonly code: SealingErrorCode;

  constructor(code: SealingErrorCode, detail?: string) {
    super(detail === undefined ? sealingErrors[code] : `${sealingErrors[code]} ${detail}`);
    this.code = code;
  }
}
