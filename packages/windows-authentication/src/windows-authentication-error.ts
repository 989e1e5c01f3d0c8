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
