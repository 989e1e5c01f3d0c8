import { concernsServer, type Failure } from '@postausgang/contracts';
import type { FinishedSend, SendRecipient } from '../transport.ts';

/**
 * What a transaction has told about the server as a whole.
 * `only`: nothing else; no recipient has an answer, so the mail is as it was and no attempt of it is counted.
 * `also`: some recipients have theirs, and the mail of all others waits.
 */
export interface ServerConcern {
  readonly extent: 'only' | 'also';
  readonly failure: Failure;
}

/** The failure of a transaction that is not the mail's: a sign-in that is missing, a server that is sent too much. */
export function serverConcern({ recipients, failure }: FinishedSend): ServerConcern | null {
  const isOnly =
    recipients.length > 0 && recipients.every((one) => isWaiting(one) && isOfServer(one.failure));
  const found = [failure, ...recipients.map((one) => one.failure)].find(isOfServer);
  return found === undefined || found === null ? null : { extent: isOnly ? 'only' : 'also', failure: found };
}

function isWaiting({ outcome }: SendRecipient): boolean {
  return outcome === 'deferred';
}

function isOfServer(failure: Failure | null | undefined): boolean {
  return failure !== null && failure !== undefined && concernsServer(failure.code);
}
