import { WindowsAuthenticationError } from '../windows-authentication-error.ts';

const mostWaiting = 20;

/**
 * Runs work that may ask a KDC, one after the other. A KDC that does not answer blocks a thread for half a minute, of the few
 * that files are read and names are looked up with; once there is a ticket, nothing here takes a millisecond.
 */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting >= mostWaiting) {
      throw new WindowsAuthenticationError('kerberos-kdc-unreachable', 'others wait for an answer already');
    }
    waiting += 1;
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn.finally(() => {
      waiting -= 1;
    });
  };
}
