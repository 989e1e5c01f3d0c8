import { isFinished, type WaitingMail } from '@postausgang/mail';
import type { AttemptDeps } from './attempt-types.ts';

/**
 * Begins to watch a mail that is being taken. The answer is true while this process has been the only one to act on it
 * since: the lease holds and never ended, and nobody else has begun an attempt before ours or ended one.
 *
 * @param identity of the attempt it is taken for; the intent of that one is our own.
 */
export function watchOwnership(
  { epochOf, view }: Pick<AttemptDeps, 'epochOf' | 'view'>,
  taken: WaitingMail,
): (identity: string) => boolean {
  const epoch = epochOf(taken);
  return (identity) => {
    const row = view.get(taken.id);
    if (epoch === undefined || epochOf(taken) !== epoch || row === undefined || isFinished(row)) {
      return false;
    }
    // The intents stand in the order of the log: whoever wrote the first one sends, and every other gives way.
    const isFirst = row.state !== 'sending' || row.intents[0]?.attempt === identity;
    return isFirst && row.rounds === taken.rounds && row.ended.join() === taken.ended.join();
  };
}
