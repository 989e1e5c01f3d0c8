import { Type } from '@sinclair/typebox';
import { FailureSchema } from '../failures.ts';
import {
  AnsweredCommandSchema,
  commandRefusals,
  MailCancelRequestedSchema,
  MailHoldRequestedSchema,
  MailQueueResumeRequestedSchema,
  MailReleaseRequestedSchema,
  MailResendRequestedSchema,
  MailResolveRequestedSchema,
} from '../mail/mail-command.ts';
import { MailBulkExpandedSchema, MailBulkRequestedSchema } from '../mail/mail-bulk.ts';
import { MailRequestedSchema, RequesterSchema } from '../mail/mail-request.ts';
import {
  AttemptSchema,
  DecisionsSchema,
  heldReasons,
  mailStates,
  RecipientResultSchema,
  refusedRequestFields,
  requestRefusals,
  lookupEnds,
  lookupWitnesses,
  resolvers,
} from '../mail/mail-status.ts';
import { Instant, Nullable, StringEnum } from '../schemas.ts';
import { defineEvent } from '../topics.ts';

const mailFields = {
  mailId: Type.String(),
  messageId: Nullable(Type.String()),
  businessReference: Nullable(Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
  requestedBy: Type.Optional(Nullable(RequesterSchema)),
};

/** Of an event that decides something about a mail. */
const decisionFields = {
  ...mailFields,
  expectedVersion: Type.Optional(
    Type.Integer({
      minimum: 1,
      description:
        'The version of the mail that this was decided on. If the mail has another version by then, the event ' +
        'changes nothing and answers no command. Absent: the event always counts',
    }),
  ),
};

/** What an attempt, or the end of the waiting, has brought: only the recipients it concerned. */
const outcomeFields = {
  ...decisionFields,
  state: StringEnum(mailStates, { description: 'The state of the whole mail after this event' }),
  attempt: Nullable(AttemptSchema),
  decisions: Nullable(DecisionsSchema),
  recipients: Type.Array(RecipientResultSchema),
  redirected: Type.Optional(
    Type.Boolean({ description: 'true: a recipient of the mail was redirected to other addresses' }),
  ),
};

export const mailRequested = defineEvent({
  type: 'io.postausgang.mail-requested.v1',
  topic: 'mailRequests',
  description: 'A mail was accepted over HTTP, or requested by an ERP module',
  data: MailRequestedSchema,
});

/** The command that an event answers; absent where the service acted by itself. */
const answer = { command: Type.Optional(AnsweredCommandSchema) };

const commandTopic = 'mailRequests';

export const mailHoldRequested = defineEvent({
  type: 'io.postausgang.mail-hold-requested.v1',
  topic: commandTopic,
  description: 'A hold was requested for a mail',
  data: MailHoldRequestedSchema,
});

export const mailReleaseRequested = defineEvent({
  type: 'io.postausgang.mail-release-requested.v1',
  topic: commandTopic,
  description: 'A release was requested for a held mail',
  data: MailReleaseRequestedSchema,
});

export const mailCancelRequested = defineEvent({
  type: 'io.postausgang.mail-cancel-requested.v1',
  topic: commandTopic,
  description: 'Cancellation of a mail was requested',
  data: MailCancelRequestedSchema,
});

export const mailResendRequested = defineEvent({
  type: 'io.postausgang.mail-resend-requested.v1',
  topic: commandTopic,
  description: 'A resend was requested for a mail that has ended',
  data: MailResendRequestedSchema,
});

export const mailResolveRequested = defineEvent({
  type: 'io.postausgang.mail-resolve-requested.v1',
  topic: commandTopic,
  description: 'Resolution of an unknown outcome was requested',
  data: MailResolveRequestedSchema,
});

export const mailBulkRequested = defineEvent({
  type: 'io.postausgang.mail-bulk-requested.v1',
  topic: commandTopic,
  description: 'An action was requested for all mails that a filter matches',
  data: MailBulkRequestedSchema,
});

/** Each of the mails has a command of its own now, with its own answer. */
export const mailBulkExpanded = defineEvent({
  type: 'io.postausgang.mail-bulk-expanded.v1',
  topic: 'mailEvents',
  description: 'A bulk command has become one command for each mail',
  data: MailBulkExpandedSchema,
});

export const mailQueueResumeRequested = defineEvent({
  type: 'io.postausgang.mail-queue-resume-requested.v1',
  topic: commandTopic,
  description: 'The end of a standstill was requested: all mailers try the server again at once',
  data: MailQueueResumeRequestedSchema,
});

/** The intent record: durable before the final dot goes out. */
export const mailAttemptStarted = defineEvent({
  type: 'io.postausgang.mail-attempt-started.v1',
  topic: 'mailEvents',
  description: 'The server has all content; the final dot follows',
  data: Type.Object({
    ...decisionFields,
    attempt: AttemptSchema,
    decisions: DecisionsSchema,
    recipients: Type.Array(Type.String(), { description: 'The recipients that the server has accepted' }),
    deliveredTo: Type.Optional(
      Type.Array(Type.String(), {
        description: 'The addresses in the envelope, where the mail is redirected to them',
      }),
    ),
    chargedTo: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'The partition whose share of the limits this attempt has used; absent: that of the mail',
      }),
    ),
  }),
});

export const mailSent = defineEvent({
  type: 'io.postausgang.mail-sent.v1',
  topic: 'mailEvents',
  description: 'The next hop took responsibility for at least one recipient, and no recipient is waiting',
  data: Type.Object(outcomeFields),
});

export const mailDeferred = defineEvent({
  type: 'io.postausgang.mail-deferred.v1',
  topic: 'mailEvents',
  description: 'Some recipients are waiting; the next attempt is planned',
  data: Type.Object({ ...outcomeFields, nextAttemptAt: Instant(), failure: Nullable(FailureSchema) }),
});

export const mailFailed = defineEvent({
  type: 'io.postausgang.mail-failed.v1',
  topic: 'mailEvents',
  description: 'No recipient got the mail, and no recipient is waiting (refused, or expired)',
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
  description: 'The mail is held until it is released',
  data: Type.Object({ ...decisionFields, reason: StringEnum(heldReasons), ...answer }),
});

export const mailReleased = defineEvent({
  type: 'io.postausgang.mail-released.v1',
  topic: 'mailEvents',
  description: 'A held mail was released',
  data: Type.Object({
    ...decisionFields,
    reason: StringEnum(['mail-enabled', 'requested']),
    ...answer,
    notAfter: Type.Optional(Nullable(Instant({ description: 'When the mail expires, if that was changed' }))),
  }),
});

export const mailCancelled = defineEvent({
  type: 'io.postausgang.mail-cancelled.v1',
  topic: 'mailEvents',
  description: 'The mail was cancelled for all recipients that were waiting',
  data: Type.Object({
    ...decisionFields,
    state: outcomeFields.state,
    recipients: Type.Array(RecipientResultSchema),
    command: AnsweredCommandSchema,
  }),
});

/** Opens another round for the recipients it names; what they had before stays in the history of the mail. */
export const mailRequeued = defineEvent({
  type: 'io.postausgang.mail-requeued.v1',
  topic: 'mailEvents',
  description: 'A mail that had ended is sent again to the named recipients',
  data: Type.Object({
    ...decisionFields,
    round: Type.Integer({ minimum: 2 }),
    recipients: Type.Array(
      Type.Object({ address: Type.String(), correctedAddress: Nullable(Type.String()) }),
    ),
    notAfter: Instant(),
    command: AnsweredCommandSchema,
  }),
});

/** Supersedes `unknown`, once. With `resend` the recipients that did not get the mail wait again, in another round. */
export const mailResolved = defineEvent({
  type: 'io.postausgang.mail-resolved.v1',
  topic: 'mailEvents',
  description: 'The result of an unknown outcome is known now',
  data: Type.Object({
    ...decisionFields,
    state: outcomeFields.state,
    by: StringEnum(resolvers),
    witness: Type.Optional(
      StringEnum(lookupWitnesses, {
        description:
          'What the server knew the mail by. none: neither by its Message-ID nor by date, subject and recipients. Absent: ' +
          'a person has resolved it, or the event is old',
      }),
    ),
    outcome: StringEnum(['sent', 'not-sent']),
    recipients: Type.Array(Type.String()),
    resend: Type.Boolean(),
    notAfter: Nullable(Instant({ description: 'When the mail expires, if that was changed' })),
    ...answer,
  }),
});

export const mailLookupEnded = defineEvent({
  type: 'io.postausgang.mail-lookup-ended.v1',
  topic: 'mailEvents',
  description: 'The server cannot tell whether it has the mail; a person decides',
  data: Type.Object({ ...decisionFields, reason: StringEnum(lookupEnds) }),
});

export const mailCommandDeclined = defineEvent({
  type: 'io.postausgang.mail-command-declined.v1',
  topic: 'mailEvents',
  description: 'A command changed nothing: it was refused, or there was nothing to do',
  data: Type.Object({
    mailId: Type.String(),
    requestedBy: mailFields.requestedBy,
    expectedVersion: decisionFields.expectedVersion,
    command: AnsweredCommandSchema,
    code: Nullable(StringEnum(commandRefusals), { description: 'null: there was nothing to do' }),
    detail: Type.String(),
  }),
});

/** A request that could not be taken. It never stops the queue. */
export const mailRefused = defineEvent({
  type: 'io.postausgang.mail-refused.v1',
  topic: 'mailEvents',
  description: 'A mail request was set aside',
  data: Type.Object({
    mailId: Nullable(Type.String()),
    request: Type.Object({ partition: Type.Integer(), offset: Type.Integer() }),
    code: StringEnum(requestRefusals),
    detail: Type.String(),
    ...refusedRequestFields,
  }),
});
