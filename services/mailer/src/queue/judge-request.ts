import type { MailRequested } from '@postausgang/contracts';
import type { MailRow } from './mail-row.ts';

/**
 * What a mail request is to the row that has its id. `repeat`: the same content again, nothing is sent twice.
 * `conflict`: other content under a used id.
 */
export type RequestVerdict = 'new' | 'repeat' | 'conflict';

/** Compares by payload digest; whoever folds gives requests that came without one the digest of their content. */
export function judgeRequest(row: MailRow | undefined, request: MailRequested): RequestVerdict {
  if (row === undefined || row.state === 'awaited') {
    return 'new';
  }
  return row.payloadDigest === (request.payloadDigest ?? null) ? 'repeat' : 'conflict';
}
