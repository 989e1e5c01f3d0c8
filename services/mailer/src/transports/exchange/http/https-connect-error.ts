import type { Failure } from '@postausgang/contracts';
import type { ConnectStep } from './https-connect.ts';

/** Why there is no connection to send a request on. */
export class HttpsConnectError extends Error {
  override readonly name = 'HttpsConnectError';
  readonly step: ConnectStep;
  readonly failure: Failure;

  constructor(step: ConnectStep, why: Failure) {
    super(why.code);
    this.step = step;
    this.failure = why;
  }
}
