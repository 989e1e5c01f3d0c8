/*
 * Whether the mail server accepts a sender. A check goes as far as it takes to know: to RCPT where the server decides there,
 * and to a mail to the sender itself where it decides only when it has the whole message.
 */
import { type Static, Type } from '@sinclair/typebox';
import { FailureSchema } from './failures.ts';
import { ActorSchema, closed, Instant, NamedObject, Nullable, StringEnum } from './schemas.ts';

/** What a check has found. `failed`: nothing, since it did not get as far as that. */
export const senderVerdicts = ['verified', 'refused', 'accepted, not verified', 'failed'] as const;
export type SenderVerdict = (typeof senderVerdicts)[number];

/** What is known of a sender now. */
export const senderCheckStates = ['verified', 'refused', 'unverified', 'outdated'] as const;
export type SenderCheckState = (typeof senderCheckStates)[number];

/** A check that is older says nothing any more. */
export const senderCheckDays = 30;

const CheckedConnectionSchema = Type.Object({
  id: Type.String(),
  version: Type.Integer({ minimum: 0 }),
});

/** What was found about one sender, and with which versions of the settings. */
export const CheckedSenderSchema = Type.Object({
  senderId: Type.String(),
  senderVersion: Type.Integer({ minimum: 0 }),
  address: Type.String({ examples: ['invoices@acme.example'] }),
  serverVersion: Type.Integer({ minimum: 0, description: 'Version of the outgoing server' }),
  connection: Nullable(CheckedConnectionSchema, {
    description: 'The Exchange connection of the outgoing server. null: it uses none',
  }),
  verdict: StringEnum(senderVerdicts, {
    description:
      '`accepted, not verified`: the server has accepted the sender, and nobody could see what it made of it. ' +
      '`failed`: the check did not get as far as the sender',
  }),
  probed: Type.Boolean({ description: 'Whether a mail was sent to the sender' }),
  failure: Nullable(FailureSchema),
  reply: Nullable(Type.String({ description: 'The reply of the server (untrusted text)' })),
  remedy: Nullable(Type.String({ description: 'The PowerShell line that grants the missing right' })),
  checkId: Nullable(Type.String(), { description: 'The check. null: a mail has shown it' }),
  mailId: Nullable(Type.String(), { description: 'The mail whose sender was refused' }),
  actor: Nullable(ActorSchema, { description: 'Who asked for the check' }),
  mailerId: Type.String(),
});
export type CheckedSender = Static<typeof CheckedSenderSchema>;

/** A request to check senders, one after the other. */
export const SenderCheckRequestedSchema = Type.Object({
  checkId: Type.String(),
  senders: Type.Array(Type.Object({ id: Type.String(), version: Type.Integer({ minimum: 1 }) })),
  serverVersion: Type.Integer({ minimum: 0 }),
  connection: Nullable(CheckedConnectionSchema),
  probe: Type.Boolean({ description: 'Whether mail may be sent where nothing else shows the verdict' }),
  actor: ActorSchema,
});
export type SenderCheckRequested = Static<typeof SenderCheckRequestedSchema>;

/** What is known of a sender, as its view shows it. */
export const SenderCheckStateSchema = NamedObject('SenderCheckState', {
  state: StringEnum(senderCheckStates, {
    description:
      '`outdated`: since the check, sender, server or Exchange connection have changed, or 30 days have passed',
  }),
  verdict: Nullable(StringEnum(senderVerdicts), { description: 'null: never checked' }),
  checkedAt: Nullable(Instant()),
  failure: Nullable(FailureSchema, { description: 'Why the last check did not succeed' }),
  reply: Nullable(Type.String({ description: 'The reply of the server (untrusted text)' })),
  remedy: Nullable(
    Type.String({
      description: 'The PowerShell line that grants the missing right, where Exchange needs one',
      examples: [
        "Add-RecipientPermission -Identity 'invoices@acme.example' -Trustee 'erp@acme.example' -AccessRights SendAs -Confirm:$false",
      ],
    }),
  ),
  mailId: Nullable(Type.String(), {
    description: 'The mail whose refusal has shown it. null: a check has shown it',
  }),
});
export type SenderCheckView = Static<typeof SenderCheckStateSchema>;

/** What POST takes. */
export const SenderCheckRequestSchema = Type.Object(
  {
    probe: Type.Optional(
      Type.Boolean({
        description:
          'Whether a mail is sent to the sender where nothing else shows the verdict; needs `mail:send`. Default: if the ' +
          'credentials have that scope',
      }),
    ),
  },
  { ...closed, $id: 'SenderCheckRequest' },
);
export type SenderCheckRequest = Static<typeof SenderCheckRequestSchema>;

/** The most results that a check shows. */
export const maxShownResults = 100;

const SenderCheckResultSchema = Type.Object({
  senderId: Type.String(),
  address: Type.String(),
  verdict: StringEnum(senderVerdicts),
  checkedAt: Instant(),
  failure: Nullable(FailureSchema),
  remedy: Nullable(Type.String()),
});

const count = (description: string) => Type.Integer({ minimum: 0, description });

/** A check of one sender or of all, and how far it is. */
export const SenderCheckSchema = NamedObject('SenderCheck', {
  id: Type.String(),
  state: StringEnum(['running', 'finished', 'abandoned'], {
    description: '`abandoned`: nothing has been heard of it for ten minutes, because no mailer runs any more',
  }),
  requestedAt: Instant(),
  requestedBy: Type.String(),
  finishedAt: Nullable(Instant()),
  total: count('Senders to check'),
  checked: count('Senders that were checked'),
  verified: count('Of these: verified'),
  refused: count('Of these: refused'),
  unverified: count('Of these: accepted but not verified, or not checked because of a failure'),
  results: Type.Array(SenderCheckResultSchema, {
    description: `Newest first, the last ${maxShownResults}. Empty in lists`,
  }),
});
export type SenderCheck = Static<typeof SenderCheckSchema>;

export const SenderCheckListSchema = NamedObject('SenderCheckList', {
  items: Type.Array(SenderCheckSchema, { description: 'Newest first' }),
});
export type SenderCheckList = Static<typeof SenderCheckListSchema>;
