import type { FailureCode } from '@postausgang/contracts';

/** Why a token could not be made. `code` is one of the failures that connection tests and mails show. */
export class WindowsAuthenticationError extends Error {
  readonly code: FailureCode;

  /** @param detail technical, in English; never a secret */
  constructor(code: FailureCode, detail: string) {
    super(detail);
    this.name = 'WindowsAuthenticationError';
    this.code = code;
  }
}

/**
 * One sign-in: turns what the server sends into what to send back, whatever carries the tokens (SMTP AUTH, HTTP
 * `Authorization`). Of use once.
 */
export interface SecurityContext {
  /** For people, e.g. `NTLMv2`. */
  readonly protocol: 'Kerberos' | 'NTLMv2';
  /**
   * Whether our side has all it needs. A server that says "signed in" before has not proven who it is (Kerberos), or has
   * not looked at the password at all (NTLM): do not believe it.
   */
  isComplete(): boolean;
  /**
   * The token to send next; empty when there is nothing left to say.
   *
   * @param token the server's, null for the first step
   * @throws WindowsAuthenticationError
   */
  step(token: Uint8Array | null): Promise<Uint8Array>;
}
