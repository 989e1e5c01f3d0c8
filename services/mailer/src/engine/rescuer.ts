/**
 * Ends the attempts whose mailer died after the intent: nobody alive will tell what became of them. Pure; see `plan.ts`.
 */
import { rescueUnfinished, type SendingMail } from '@postausgang/mail';
import { eventIds } from './event-ids.ts';
import { contextOf, outcomeEvent } from './expiry.ts';
import type { Facts, Sweep, Told } from './plan.ts';

const hourMs = 60 * 60 * 1000;

/**
 * When an intent counts as abandoned. Without a grace nobody else can be alive, whatever the clocks say. An intent from
 * far ahead was written by a clock that was wrong, and would never become old.
 */
export function rescueAtMs(
  { intents }: SendingMail,
  { nowMs, danglingGraceMs }: Pick<Facts, 'nowMs' | 'danglingGraceMs'>,
): number {
  const recordedAtMs = intents[0]?.recordedAtMs ?? 0;
  const isOfWrongClock = recordedAtMs > nowMs + hourMs;
  return danglingGraceMs === 0 || isOfWrongClock ? 0 : recordedAtMs + danglingGraceMs;
}

export function rescue(facts: Facts, { unfinished }: Sweep): readonly Told[] {
  return unfinished
    .filter((mail) => rescueAtMs(mail, facts) <= facts.nowMs)
    .map((mail) => ({
      kind: 'rescue',
      event: outcomeEvent(mail, rescueUnfinished(mail, contextOf(facts)), eventIds.rescued(mail)),
    }));
}
