import type { EventOf, PostausgangEvent } from '@postausgang/contracts';

/** The events a mail is folded from. */
export type MailEvent = EventOf<
  | 'mailRequested'
  | 'mailAttemptStarted'
  | 'mailSent'
  | 'mailDeferred'
  | 'mailFailed'
  | 'mailOutcomeUnknown'
  | 'mailHeld'
  | 'mailReleased'
  | 'mailCancelled'
  | 'mailRequeued'
  | 'mailResolved'
  | 'mailLookupEnded'
  | 'mailCommandDeclined'
  | 'mailRefused'
>;

export type MailCommandName =
  | 'mailHoldRequested'
  | 'mailReleaseRequested'
  | 'mailCancelRequested'
  | 'mailResendRequested'
  | 'mailResolveRequested';

/** The commands about a mail. They lie in the topic of requests, behind the request of their mail. */
export type MailCommand = EventOf<MailCommandName>;

/** The events that tell what became of recipients. */
export type OutcomeEvent = EventOf<'mailSent' | 'mailDeferred' | 'mailFailed' | 'mailOutcomeUnknown'>;

const mailEventTypes: ReadonlySet<string> = new Set<MailEvent['type']>([
  'io.postausgang.mail-requested.v1',
  'io.postausgang.mail-attempt-started.v1',
  'io.postausgang.mail-sent.v1',
  'io.postausgang.mail-deferred.v1',
  'io.postausgang.mail-failed.v1',
  'io.postausgang.mail-outcome-unknown.v1',
  'io.postausgang.mail-held.v1',
  'io.postausgang.mail-released.v1',
  'io.postausgang.mail-cancelled.v1',
  'io.postausgang.mail-requeued.v1',
  'io.postausgang.mail-resolved.v1',
  'io.postausgang.mail-lookup-ended.v1',
  'io.postausgang.mail-command-declined.v1',
  'io.postausgang.mail-refused.v1',
]);

const mailCommandTypes: ReadonlySet<string> = new Set<MailCommand['type']>([
  'io.postausgang.mail-hold-requested.v1',
  'io.postausgang.mail-release-requested.v1',
  'io.postausgang.mail-cancel-requested.v1',
  'io.postausgang.mail-resend-requested.v1',
  'io.postausgang.mail-resolve-requested.v1',
]);

/** Whether an event belongs to the fold of a mail. */
export function isMailEvent(event: PostausgangEvent): event is MailEvent {
  return mailEventTypes.has(event.type);
}

/** Whether an event asks something of a mail that was accepted. */
export function isMailCommand(event: PostausgangEvent): event is MailCommand {
  return mailCommandTypes.has(event.type);
}

/** Whether an event asks for the end of a standstill; it is about no mail. */
export function isResumeRequest(event: PostausgangEvent): event is EventOf<'mailQueueResumeRequested'> {
  return event.type === 'io.postausgang.mail-queue-resume-requested.v1';
}

/** Whether an event asks something of many mails at once. */
export function isBulkRequest(event: PostausgangEvent): event is EventOf<'mailBulkRequested'> {
  return event.type === 'io.postausgang.mail-bulk-requested.v1';
}

/** Whether an event answers such a command; it is about no mail. */
export function isBulkAnswer(event: PostausgangEvent): event is EventOf<'mailBulkExpanded'> {
  return event.type === 'io.postausgang.mail-bulk-expanded.v1';
}

const ofBulk = 'bulk.';

/** The id of the command about one mail that comes of a command about many. */
export const bulkPartId = (bulkId: string, mailId: string): string => `${ofBulk}${bulkId}.${mailId}`;

/** Whether a command about one mail came of one about many. */
export const isOfBulk = (commandId: string): boolean => commandId.startsWith(ofBulk);

/** The id of the command about many mails that a command about one mail came of; undefined where it came of none. */
export function bulkIdOf(commandId: string, mailId: string): string | undefined {
  const end = `.${mailId}`;
  return isOfBulk(commandId) && commandId.endsWith(end)
    ? commandId.slice(ofBulk.length, -end.length)
    : undefined;
}

/** The mail an event is about; null for the refusal of a record that nobody can read. */
export function mailIdOf(event: MailEvent): string | null {
  return event.type === 'io.postausgang.mail-requested.v1' ? event.data.id : event.data.mailId;
}

/** Where an event lies in its topic, and the key of its record. */
export interface EventPlace {
  readonly partition: number;
  readonly offset: number;
  /** The partition of the key, where the record lies in another one. */
  readonly home?: number;
  readonly key: string | null;
  /** The `source` of the module that has written it; null or absent where a service has. */
  readonly producer?: string | null;
}

/** More attempts than can end between an event and its repeat. */
const maxEndedAttempts = 32;

/**
 * What tells attempts apart. Two mailers that followed each other may both have written an attempt 1, so the number is
 * not enough: the part of the event id that all events of one attempt share names its writer as well.
 */
export function attemptIdentity(event: EventOf<'mailAttemptStarted'> | OutcomeEvent): string | null {
  const { attempt, mailId } = event.data;
  if (attempt === null) {
    return null;
  }
  return /^(.+\/attempt-\d+)\/[^/]+$/.exec(event.id)?.[1] ?? `${mailId}/attempt-${attempt.number}`;
}

/** The ended attempts with one more. */
export function withEndedAttempt(ended: readonly string[], identity: string): readonly string[] {
  return ended.includes(identity) ? ended : [...ended, identity].slice(-maxEndedAttempts);
}
