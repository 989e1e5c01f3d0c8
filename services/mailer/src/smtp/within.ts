import { smtpError } from './smtp-error.ts';

/** The promise's value, or a rejection with code `ETIMEDOUT` when it takes longer. What was begun goes on unheard. */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const error = smtpError(`no answer within ${timeoutMs} ms`, 'ETIMEDOUT');
  const timer = setTimeout(() => reject(error), timeoutMs);
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
