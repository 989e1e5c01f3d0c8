/**
 * How an attempt ended: what a transport has told, in the light of what the log knows. Pure. Only with an intent in the log
 * can an outcome be unknown; without one, the mail is as it was.
 */
import {
  failure,
  type Failure,
  type Finding,
  type HeldReason,
  type RefusedRequest,
} from '@postausgang/contracts';
import {
  afterAttempt,
  type AttemptInFlight,
  type FinishedSend,
  type Intent,
  interrupted,
  type MailOutcome,
  type PolicyContext,
  type SendResult,
  serverConcern,
  type WaitingMail,
} from '@postausgang/mail';

export type AttemptEnd =
  | {
      readonly kind: 'outcome';
      readonly outcome: MailOutcome;
      readonly eventId: string;
      /** What it has told about the server as a whole. */
      readonly server?: Failure;
    }
  | {
      readonly kind: 'refused';
      readonly detail: string;
      readonly code?: RefusedRequest['code'];
      readonly findings?: readonly Finding[];
    }
  /** It must not go out before somebody has released it. */
  | { readonly kind: 'held'; readonly reason: HeldReason }
  /** By an event that this names, before the intent. */
  | { readonly kind: 'called-off'; readonly eventId: string }
  /** Says nothing about the mail. */
  | {
      readonly kind: 'server-failed';
      readonly failure: Failure;
      /** It was told in a transaction of this mail, so another mail may fare differently. */
      readonly ofTransaction: boolean;
    }
  /** Something of ours was not ready; the mail is as it was. */
  | { readonly kind: 'postponed'; readonly reason: unknown };

/** What is known of the intent: it may stand in the log before it surely does. */
export type IntentRecord =
  | { readonly state: 'none' }
  | { readonly state: 'no-lease' }
  | { readonly state: 'mode-changed' }
  | { readonly state: 'no-room' }
  | { readonly state: 'uncertain' | 'recorded'; readonly intent: Intent };

/** The end of a transaction in the light of others; see `Suspicion`. */
export interface Reviewed<Result extends SendResult> {
  readonly result: Result;
  readonly alone: boolean;
}

/** No mail may go out whose intent has no room: all wait, and one asks every few seconds. */
export const diskFull: Failure = { ...failure('disk-full'), retryAfterSeconds: 5 };

/** What the end of a transaction means for the mail, and for the server. */
export function judge(
  mail: WaitingMail,
  inFlight: AttemptInFlight,
  record: IntentRecord,
  { result, alone }: Reviewed<SendResult>,
  context: PolicyContext,
  eventId: string,
): AttemptEnd {
  if (record.state === 'no-lease' || record.state === 'mode-changed') {
    return { kind: 'postponed', reason: record.state };
  }
  if (record.state === 'no-room') {
    return { kind: 'server-failed', failure: diskFull, ofTransaction: false };
  }
  if (record.state === 'uncertain') {
    return { kind: 'outcome', outcome: interrupted(mail, inFlight, record.intent, context), eventId };
  }
  if (result.kind === 'finished') {
    return judgeFinished(mail, inFlight, record, { result, alone }, context, eventId);
  }
  if (record.state === 'none') {
    return { kind: 'server-failed', failure: result.failure, ofTransaction: false };
  }
  const silence = afterSilence(inFlight, record.intent);
  return { kind: 'outcome', outcome: afterAttempt(mail, inFlight, silence, context), eventId };
}

/** With an intent in the log the attempt has to be ended there, whoever is to blame. */
function judgeFinished(
  mail: WaitingMail,
  inFlight: AttemptInFlight,
  { state }: IntentRecord,
  { result, alone }: Reviewed<FinishedSend>,
  context: PolicyContext,
  eventId: string,
): AttemptEnd {
  const concern = alone ? null : serverConcern(result);
  if (concern?.extent === 'only' && state === 'none') {
    return { kind: 'server-failed', failure: concern.failure, ofTransaction: true };
  }
  const outcome = afterAttempt(mail, inFlight, result, context, state === 'recorded');
  return concern === null
    ? { kind: 'outcome', outcome, eventId }
    : { kind: 'outcome', outcome, eventId, server: concern.failure };
}

/** The transport fell silent after the intent: those the server had accepted are unknown, the others were not sent to. */
function afterSilence({ to }: AttemptInFlight, { accepted, server, tls }: Intent): FinishedSend {
  const why = failure('outcome-unknown');
  const recipients = to.map((address) =>
    accepted.includes(address)
      ? ({ address, outcome: 'unknown', failure: why } as const)
      : ({ address, outcome: 'deferred' } as const),
  );
  return { kind: 'finished', recipients, server, tls, reply: null, failure: why };
}
