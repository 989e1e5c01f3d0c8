import type { FailureCode } from '@postausgang/contracts';

/** Our side of one sign-in by SASL (RFC 4422). Of use once. */
export interface SaslMechanism {
  /** As in AUTH, e.g. `CRAM-MD5`. */
  readonly name: string;
  /** For people, where the name does not say it all. */
  readonly description?: string;
  /** Goes out with the AUTH command. Without one AUTH is sent bare and the first challenge is answered. */
  readonly initialResponse?: Uint8Array;
  /**
   * The answer to a challenge.
   *
   * @throws SaslError, WindowsAuthenticationError
   */
  respond(challenge: Buffer): Uint8Array | Promise<Uint8Array>;
  /** Whether a server that says "signed in" can be believed. */
  isComplete(): boolean;
  /** What a plain refusal means; `credentials-rejected` unless given. */
  readonly refusal?: (reply: string) => FailureCode;
  /** What must not stand in any reply that is kept. What was sent is guarded anyway. */
  readonly secrets: readonly string[];
}

/** Why a challenge cannot be answered. */
export class SaslError extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, detail: string) {
    super(detail);
    this.name = 'SaslError';
    this.code = code;
  }
}
