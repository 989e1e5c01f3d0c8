import { ContentStoreError } from '@postausgang/content-store';
import { type Decisions, failure, type Failure, type MailRequested } from '@postausgang/contracts';
import type { InlineMailRequested } from '../content/inline-request.ts';
import { decideEnvelope } from '../delivery/decide-envelope.ts';
import type { Grant } from '../delivery/governor.ts';
import { planEnvelope } from '../delivery/plan-envelope.ts';
import { withCorrections } from '../delivery/with-corrections.ts';
import type { PolicyContext } from '../delivery/policy-context.ts';
import { giveUp, putOff } from '../delivery/without-attempt.ts';
import type { WaitingMail } from '../queue/mail-row.ts';
import type { ActiveServing, AttemptDeps, AttemptEnd, ComposedMessage } from './attempt-types.ts';
import type { Claim } from './claims.ts';
import { eventIds } from './event-ids.ts';
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
  const startedAtMs = deps.clock.nowMs();
  const watch = watchOwnership(deps, mail);
  const isOurs = (identity: string): boolean => watch(identity) && grant.isHeld();
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
    const prepared = await prepare(deps, mail, serving, request, grant);
    if ('code' in prepared) {
      return abandon(deps, mail, prepared);
    }
    const { message, ...rest } = prepared;
    const number = (mail.attempts.at(-1)?.number ?? 0) + 1;
    const { chargedTo } = grant;
    const charge = chargedTo === mail.request.partition ? {} : { chargedTo };
    const inHand = { number, startedAtMs, settingsVersion: serving.settingsVersion, ...rest, ...charge };
    return await sendOnce(deps, mail, serving.transport, message, inHand, { isOurs, claim }, onAnswer);
  } catch (error) {
    return error instanceof ContentStoreError
      ? withoutContent(deps, mail, error)
      : { kind: 'postponed', reason: error };
  }
}

async function prepare(
  deps: AttemptDeps,
  mail: WaitingMail,
  serving: ActiveServing,
  request: InlineMailRequested,
  { recipients }: Grant,
): Promise<Failure | (ComposedMessage & { readonly decisions: Decisions; readonly to: readonly string[] })> {
  const decisions = mail.decisions ?? decide(request, serving);
  if (decisions === null) {
    return failure('settings-invalid', 'Neither the mail nor the settings name a sender');
  }
  const to = planEnvelope(mail, decisions, recipients);
  if (to.length === 0) {
    return failure('no-recipient-left');
  }
  const composed = await composeOrNull(deps, withCorrections(request, mail, to), decisions, mail);
  return composed === null ? failure('message-uncomposable') : { ...composed, decisions, to };
}

function decide(request: MailRequested, { content, serverId }: ActiveServing): Decisions | null {
  const decision = decideEnvelope(request, content, serverId);
  return decision.kind === 'decided' ? decision.decisions : null;
}

/** Whatever stands in a request, it must not stop the queue. */
async function composeOrNull(
  deps: AttemptDeps,
  request: InlineMailRequested,
  decisions: Decisions,
  mail: WaitingMail,
): Promise<ComposedMessage | null> {
  try {
    return await deps.compose(request, decisions, mail);
  } catch {
    return null;
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
