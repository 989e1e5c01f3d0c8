import type { ProblemCode, ProblemDetails } from '@postausgang/contracts';

/** What a problem says beyond its code. `headers` are sent with it, such as `retry-after`. */
export interface ProblemErrorDetails extends ProblemDetails {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by handlers and helpers; answered as problem+json (RFC 9457) with the status of its code. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly details: ProblemDetails;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, { headers = {}, ...details }: ProblemErrorDetails = {}) {
    super(details.detail ?? code);
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}
