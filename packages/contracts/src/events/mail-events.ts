import { Type } from '@sinclair/typebox';
import { FailureSchema } from '../mailer/failure.ts';
import { MailRequestedSchema } from '../mail/mail-request.ts';
import { AttemptSchema, DecisionsSchema, mailStates, RecipientResultSchema } from '../mail/mail-status.ts';
import { Instant, Nullable, StringEnum } from '../schema-helpers.ts';
import { defineEvent } from './definition.ts';

const mailFields = {
  mailId: Type.String(),
  messageId: Nullable(Type.String()),
  businessReference: Nullable(Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
};

/** What an attempt, or the end of the waiting, has brought: only the recipients it concerned. */
const outcomeFields = {
  ...mailFields,
  state: StringEnum(mailStates, { description: 'The state of the whole mail after this' }),
  attempt: Nullable(AttemptSchema),
  decisions: Nullable(DecisionsSchema),
  recipients: Type.Array(RecipientResultSchema),
};

export const mailRequested = defineEvent({
  type: 'io.postausgang.mail-requested.v1',
  topic: 'mailRequests',
  description: 'A mail was accepted, or is asked for by an ERP module',
  data: MailRequestedSchema,
});

/** The intent record: durable before the final dot goes out. */
export const mailAttemptStarted = defineEvent({
  type: 'io.postausgang.mail-attempt-started.v1',
  topic: 'mailEvents',
  description: 'All content is with the server; the final dot follows',
  data: Type.Object({
    ...mailFields,
    attempt: AttemptSchema,
    decisions: DecisionsSchema,
    recipients: Type.Array(Type.String(), { description: 'The recipients the server has accepted' }),
  }),
});

export const mailSent = defineEvent({
  type: 'io.postausgang.mail-sent.v1',
  topic: 'mailEvents',
  description: 'The next hop took responsibility for at least one recipient, and none is left waiting',
  data: Type.Object(outcomeFields),
});

export const mailDeferred = defineEvent({
  type: 'io.postausgang.mail-deferred.v1',
  topic: 'mailEvents',
  description: 'Some recipients are still waiting; the next attempt is planned',
  data: Type.Object({ ...outcomeFields, nextAttemptAt: Instant(), failure: Nullable(FailureSchema) }),
});

export const mailFailed = defineEvent({
  type: 'io.postausgang.mail-failed.v1',
  topic: 'mailEvents',
  description: 'No recipient got the mail and none is left waiting (refused, or expired)',
  data: Type.Object({ ...outcomeFields, failure: FailureSchema }),
});

export const mailOutcomeUnknown = defineEvent({
  type: 'io.postausgang.mail-outcome-unknown.v1',
  topic: 'mailEvents',
  description: 'The connection broke between the final dot and the reply',
  data: Type.Object({ ...outcomeFields, failure: FailureSchema }),
});

export const mailHeld = defineEvent({
  type: 'io.postausgang.mail-held.v1',
  topic: 'mailEvents',
  description: 'The mail waits until it is released',
  data: Type.Object({ ...mailFields, reason: StringEnum(['mail-disabled']) }),
});

export const mailReleased = defineEvent({
  type: 'io.postausgang.mail-released.v1',
  topic: 'mailEvents',
  description: 'A held mail goes on',
  data: Type.Object({ ...mailFields, reason: StringEnum(['mail-enabled']) }),
});

/** A request that could not be taken. It never stops the queue. */
export const mailRefused = defineEvent({
  type: 'io.postausgang.mail-refused.v1',
  topic: 'mailEvents',
  description: 'A mail request was set aside',
  data: Type.Object({
    mailId: Nullable(Type.String()),
    request: Type.Object({ partition: Type.Integer(), offset: Type.Integer() }),
    code: StringEnum(['unreadable', 'invalid', 'idempotency-conflict', 'mail-disabled']),
    detail: Type.String(),
  }),
});
