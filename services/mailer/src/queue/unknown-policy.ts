import type { Decisions, OnUnknown } from '@postausgang/contracts';
import type { MailFacts } from './mail-row.ts';

/** What becomes of an unknown outcome: as the first attempt has decided. Old decisions say nothing of it. */
export function unknownPolicy(
  { onUnknown }: Pick<MailFacts, 'onUnknown'>,
  decisions: Decisions | null,
): OnUnknown {
  return decisions?.onUnknown ?? onUnknown ?? 'hold';
}
