import { ContentStoreError } from '@postausgang/content-store';
import { failure, type Failure } from '@postausgang/contracts';
import { giveUp, type PolicyContext, putOff, toInstant, type WaitingMail } from '@postausgang/mail';
import type { Grant } from '../delivery/governor.ts';
import type { ActiveServing, AttemptDeps, AttemptEnd } from './attempt-types.ts';
import type { Claim } from './claims.ts';
import { eventIds } from './event-ids.ts';
import { prepareAttempt } from './prepare-attempt.ts';
import { sendOnce } from './send-once.ts';
import { watchOwnership } from './still-ours.ts';

/**
 * One attempt to hand a mail over, all of it from one snapshot of transport and settings. `onAnswer` is called when the
 * server had something to say about the mail. Never rejects.
 */
export async function runAttempt(
  deps: AttemptDeps,
  mail: WaitingMail,
  serving: ActiveServing,
  claim: Claim,
  grant: Grant,
  onAnswer: () => void,
): Promise<AttemptEnd> {
  const startedAt = toInstant(deps.clock.nowMs());
  const watch = watchOwnership(deps, mail);
  const isOurs = (identity: string): boolean => watch(identity) && grant.isHeld(deps.clock.nowMs());
  try {
    const payload = await deps.payloads.load(mail);
    if (payload === undefined) {
      // What was accepted is kept longer than it may wait, so this passes; if not, the mail expires.
      return later(
        deps,
        mail,
        failure('content-unavailable', 'The log does not give the request at the moment'),
      );
    }
    const { request, isChecked } = payload;
    const problem = isChecked || mail.decisions !== null ? null : deps.checkRequest(request);
    if (problem !== null) {
      return { kind: 'refused', detail: problem };
    }
    const prepared = await prepareAttempt(deps, mail, serving, request, grant.recipients);
    if (prepared.kind !== 'prepared') {
      const end = prepared.kind === 'later' ? later : abandon;
      return end(deps, mail, prepared.failure);
    }
    const { message, messageId, decisions, to } = prepared.attempt;
    const { settingsVersion } = serving;
    const number = (mail.attempts.at(-1)?.number ?? 0) + 1;
    const { chargedTo } = grant;
    const charge = chargedTo === mail.request.partition ? {} : { chargedTo };
    const inHand = { number, startedAt, settingsVersion, decisions, messageId, to, ...charge };
    return await sendOnce(deps, mail, serving.transport, message, inHand, { isOurs, claim }, onAnswer);
  } catch (error) {
    return error instanceof ContentStoreError
      ? withoutContent(deps, mail, error)
      : { kind: 'postponed', reason: error };
  }
}

/** What the message is made of is gone for good, or cannot be had at the moment. */
function withoutContent(deps: AttemptDeps, mail: WaitingMail, error: ContentStoreError): AttemptEnd {
  switch (error.code) {
    case 'content-missing':
    case 'content-corrupt':
      return abandon(deps, mail, failure('message-uncomposable', error.message));
    case 'content-full':
    case 'content-unavailable':
      return later(deps, mail, failure('content-unavailable', error.message));
    case 'store-closed':
      return { kind: 'postponed', reason: error };
    default:
      return error.code satisfies never;
  }
}

function later(deps: AttemptDeps, mail: WaitingMail, why: Failure): AttemptEnd {
  const outcome = putOff(mail, why, contextOf(deps));
  return { kind: 'outcome', outcome, eventId: eventIds.putOff(deps.runId, mail) };
}

function abandon(deps: AttemptDeps, mail: WaitingMail, why: Failure): AttemptEnd {
  const outcome = giveUp(mail, why, contextOf(deps));
  return { kind: 'outcome', outcome, eventId: eventIds.givenUp(deps.runId, mail) };
}

/** The policy's context at this moment. */
function contextOf({ clock, random }: Pick<AttemptDeps, 'clock' | 'random'>): PolicyContext {
  return { nowMs: clock.nowMs(), jitter: random() };
}
