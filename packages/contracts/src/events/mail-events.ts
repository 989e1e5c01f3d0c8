import { Type } from '@sinclair/typebox';
import { FailureSchema } from '../failures.ts';
import {
  AnsweredCommandSchema,
  commandRefusals,
  MailCancelRequestedSchema,
  MailHoldRequestedSchema,
  MailReleaseRequestedSchema,
  MailResendRequestedSchema,
  MailResolveRequestedSchema,
} from '../mail/mail-command.ts';
import { MailRequestedSchema } from '../mail/mail-request.ts';
import {
  AttemptSchema,
  DecisionsSchema,
  heldReasons,
  mailStates,
  RecipientResultSchema,
  requestRefusals,
  resolvers,
} from '../mail/mail-status.ts';
import { Instant, Nullable, StringEnum } from '../schemas.ts';
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

/** The command that an event answers; absent where the service acted by itself. */
const answer = { command: Type.Optional(AnsweredCommandSchema) };

const commandTopic = 'mailRequests';

export const mailHoldRequested = defineEvent({
  type: 'io.postausgang.mail-hold-requested.v1',
  topic: commandTopic,
  description: 'Somebody wants a mail to wait until it is released',
  data: MailHoldRequestedSchema,
});

export const mailReleaseRequested = defineEvent({
  type: 'io.postausgang.mail-release-requested.v1',
  topic: commandTopic,
  description: 'Somebody wants a held mail to go on',
  data: MailReleaseRequestedSchema,
});

export const mailCancelRequested = defineEvent({
  type: 'io.postausgang.mail-cancel-requested.v1',
  topic: commandTopic,
  description: 'Somebody wants a mail not to be sent any more',
  data: MailCancelRequestedSchema,
});

export const mailResendRequested = defineEvent({
  type: 'io.postausgang.mail-resend-requested.v1',
  topic: commandTopic,
  description: 'Somebody wants a mail that has ended to go out again',
  data: MailResendRequestedSchema,
});

export const mailResolveRequested = defineEvent({
  type: 'io.postausgang.mail-resolve-requested.v1',
  topic: commandTopic,
  description: 'Somebody knows what became of an unknown outcome',
  data: MailResolveRequestedSchema,
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
    chargedTo: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'The partition whose share of the limits this has used; absent: its own',
      }),
    ),
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
  data: Type.Object({ ...mailFields, reason: StringEnum(heldReasons), ...answer }),
});

export const mailReleased = defineEvent({
  type: 'io.postausgang.mail-released.v1',
  topic: 'mailEvents',
  description: 'A held mail goes on',
  data: Type.Object({
    ...mailFields,
    reason: StringEnum(['mail-enabled', 'requested']),
    ...answer,
    notAfter: Type.Optional(Nullable(Instant({ description: 'The end of waiting, where that was moved' }))),
  }),
});

export const mailCancelled = defineEvent({
  type: 'io.postausgang.mail-cancelled.v1',
  topic: 'mailEvents',
  description: 'The recipients that still waited get nothing',
  data: Type.Object({
    ...mailFields,
    state: outcomeFields.state,
    recipients: Type.Array(RecipientResultSchema),
    command: AnsweredCommandSchema,
  }),
});

/** Opens another round for the recipients it names; what they had before stays in the history of the mail. */
export const mailRequeued = defineEvent({
  type: 'io.postausgang.mail-requeued.v1',
  topic: 'mailEvents',
  description: 'A mail that had ended goes out again, to the recipients named',
  data: Type.Object({
    ...mailFields,
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
  description: 'What became of an unknown outcome is known now',
  data: Type.Object({
    ...mailFields,
    state: outcomeFields.state,
    by: StringEnum(resolvers),
    outcome: StringEnum(['sent', 'not-sent']),
    recipients: Type.Array(Type.String()),
    resend: Type.Boolean(),
    notAfter: Nullable(Instant({ description: 'The end of waiting, where that was moved' })),
    ...answer,
  }),
});

export const mailLookupEnded = defineEvent({
  type: 'io.postausgang.mail-lookup-ended.v1',
  topic: 'mailEvents',
  description: 'The server cannot say whether it has the mail; a person decides',
  data: Type.Object({ ...mailFields, reason: StringEnum(['unsupported', 'no-answer']) }),
});

export const mailCommandDeclined = defineEvent({
  type: 'io.postausgang.mail-command-declined.v1',
  topic: 'mailEvents',
  description: 'A command changed nothing: it was refused, or there was nothing to do',
  data: Type.Object({
    mailId: Type.String(),
    command: AnsweredCommandSchema,
    code: Nullable(StringEnum(commandRefusals), { description: 'null: it is so already' }),
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
  }),
});
