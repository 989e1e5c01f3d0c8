/**
 * Ends the attempts whose mailer died after the intent: nobody alive will tell what became of them. An attempt of a run that is
 * alive stays its own, whoever owns the partition now: it waits for the reply, and tells it. Pure; see `plan.ts`.
 */
import { rescueUnfinished, type SendingMail } from '@postausgang/mail';
import { eventIds, runOfFirstIntent } from './event-ids.ts';
import { contextOf, outcomeEvent } from './expiry.ts';
import type { Facts, Sweep, Told } from './plan.ts';

const hourMs = 60 * 60 * 1000;
/** More than any reply to the final dot is waited for: a run that lives has told it by then. */
const longestReplyMs = hourMs;

/**
 * When an intent counts as abandoned: after the grace, counted from the last sign of life of the run that wrote it. Without a
 * grace nobody else can be alive, whatever the clocks say. An intent from far ahead was written by a clock that was wrong, and
 * would never become old.
 */
export function rescueAtMs(
  mail: SendingMail,
  { nowMs, danglingGraceMs, lastHeardMs }: Pick<Facts, 'nowMs' | 'danglingGraceMs' | 'lastHeardMs'>,
): number {
  const { intents } = mail;
  const recordedAtMs = intents[0]?.recordedAtMs ?? 0;
  const isOfWrongClock = recordedAtMs > nowMs + hourMs;
  if (danglingGraceMs === 0 || isOfWrongClock) {
    return 0;
  }
  const heardAtMs = lastHeardMs?.(runOfFirstIntent(mail)) ?? recordedAtMs;
  return Math.min(Math.max(recordedAtMs, heardAtMs), recordedAtMs + longestReplyMs) + danglingGraceMs;
}

export function rescue(facts: Facts, { unfinished }: Sweep): readonly Told[] {
  return unfinished
    .filter((mail) => rescueAtMs(mail, facts) <= facts.nowMs)
    .map((mail) => ({
      kind: 'rescue',
      event: outcomeEvent(mail, rescueUnfinished(mail, contextOf(facts)), eventIds.rescued(mail)),
    }));
}
