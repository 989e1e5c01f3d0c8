import { type Static, Type } from '@sinclair/typebox';
import { AddressSchema, closed, Line, Nullable, NullableInstantAhead, StringEnum } from '../schemas.ts';

/** What can be asked of a mail that was accepted. */
export const mailVerbs = ['hold', 'release', 'cancel', 'resend', 'resolve'] as const;
export type MailVerb = (typeof mailVerbs)[number];

const why = {
  reason: Type.Optional(
    Nullable(Line(500, { description: 'The reason. It is shown in the history of the mail' })),
  ),
  actor: Type.Optional(
    Nullable(Line(200, { description: 'Who requested it, if not the caller', examples: ['A. Admin'] })),
  ),
};
const notAfter = Type.Optional(
  NullableInstantAhead({ description: 'The mail expires at this time instead of the previous one' }),
);
const address = AddressSchema.properties.address;

const recipientToResend = Type.Object(
  {
    address,
    correctedAddress: Type.Optional(
      Nullable(
        Type.Unsafe<string>({
          ...address,
          description: 'Replaces the address in the envelope and in the header',
        }),
      ),
    ),
  },
  closed,
);

/** The bodies of the verbs, each with who wants it and why. */
export const HoldMailSchema = Type.Object(why, { ...closed, $id: 'HoldMail' });
export const ReleaseMailSchema = Type.Object({ ...why, notAfter }, { ...closed, $id: 'ReleaseMail' });
export const CancelMailSchema = Type.Object(why, { ...closed, $id: 'CancelMail' });
export const ResendMailSchema = Type.Object(
  {
    ...why,
    recipients: Type.Optional(
      Type.Array(recipientToResend, {
        minItems: 1,
        maxItems: 1000,
        description:
          'Only these recipients. Absent: all recipients that have not certainly received the mail',
      }),
    ),
    force: Type.Optional(Type.Boolean({ description: 'Include recipients with the outcome `sent`' })),
    confirmRedirected: Type.Optional(
      Type.Boolean({
        description:
          'The mail was redirected, and mail is not redirected any more: send it to the recipients that were meant',
      }),
    ),
    notAfter: Type.Optional(
      NullableInstantAhead({ description: 'The mail expires at this time. Default: five days from now' }),
    ),
  },
  { ...closed, $id: 'ResendMail' },
);
export const ResolveMailSchema = Type.Object(
  {
    ...why,
    outcome: StringEnum(['sent', 'not-sent'], { description: 'The actual outcome' }),
    recipients: Type.Optional(
      Type.Array(address, {
        minItems: 1,
        maxItems: 1000,
        description: 'Only these recipients. Absent: all recipients with the outcome `unknown`',
      }),
    ),
    resend: Type.Optional(Type.Boolean({ description: 'With not-sent: send the mail again' })),
    notAfter: Type.Optional(
      NullableInstantAhead({
        description: 'With resend: the mail expires at this time. Default: five days from now',
      }),
    ),
  },
  { ...closed, $id: 'ResolveMail' },
);

/** Ends a standstill: the next mails show whether the server works. */
export const ResumeQueueSchema = Type.Object(why, { ...closed, $id: 'ResumeQueue' });

const addressed = {
  mailId: Type.String({ minLength: 1, maxLength: 200, pattern: '^[A-Za-z0-9._~-]+$' }),
  requestedBy: Type.Optional(Line(200, { description: 'The API key of the request' })),
};

/** The data of the commands: the body of the verb, and which mail is meant. */
export const MailHoldRequestedSchema = Type.Object({ ...addressed, ...HoldMailSchema.properties }, closed);
export const MailReleaseRequestedSchema = Type.Object(
  { ...addressed, ...ReleaseMailSchema.properties },
  closed,
);
export const MailCancelRequestedSchema = Type.Object(
  { ...addressed, ...CancelMailSchema.properties },
  closed,
);
export const MailResendRequestedSchema = Type.Object(
  { ...addressed, ...ResendMailSchema.properties },
  closed,
);
export const MailResolveRequestedSchema = Type.Object(
  { ...addressed, ...ResolveMailSchema.properties },
  closed,
);
export const MailQueueResumeRequestedSchema = Type.Object(
  { requestedBy: addressed.requestedBy, ...ResumeQueueSchema.properties },
  closed,
);
export type MailResendRequested = Static<typeof MailResendRequestedSchema>;
export type MailResolveRequested = Static<typeof MailResolveRequestedSchema>;

/** In an event that answers a command: which one, and whose it was. `id` and `source` are those of its CloudEvent. */
export const AnsweredCommandSchema = Type.Object({
  id: Type.String(),
  source: Type.String(),
  verb: StringEnum(mailVerbs),
  actor: Nullable(Type.String()),
  requestedBy: Nullable(Type.String()),
  reason: Nullable(Type.String()),
});
export type AnsweredCommand = Static<typeof AnsweredCommandSchema>;

/**
 * Why a command changes nothing. Over HTTP they are problem codes too, but for the first two: a mail that is not known
 * is `not-found`, and the key is ours.
 */
export const commandRefusals = [
  'mail-unknown',
  'wrong-key',
  'mail-sending',
  'mail-finished',
  'mail-not-finished',
  'mail-disabled',
  'outcome-not-unknown',
  'recipient-unknown',
  'recipient-sent',
  'mail-redirected',
  'correction-invalid',
  'not-after-passed',
] as const;
export type CommandRefusal = (typeof commandRefusals)[number];
