import { type Static, Type } from '@sinclair/typebox';
import { AddressSchema, closed, Line, Nullable, NullableInstantAhead, StringEnum } from '../schemas.ts';

/**
 * What to do when the connection broke after the final dot. `hold`: a person, or whoever asked for the mail, decides.
 * `resend`: send again, at the risk of a second copy. `reconcile`: look the message up at the server first; where the
 * protocol cannot do that (SMTP), it is `hold`.
 */
export const onUnknownPolicies = ['hold', 'resend', 'reconcile'] as const;
export type OnUnknown = (typeof onUnknownPolicies)[number];

/**
 * How urgent a mail is. Where mail waits, `urgent` gets 16 turns and `normal` 4 for each of `bulk`; none of them stands still
 * for the others.
 */
export const priorities = ['urgent', 'normal', 'bulk'] as const;
export type Priority = (typeof priorities)[number];

const addresses = (description: string) => Type.Array(AddressSchema, { maxItems: 1000, description });

const noNul = '^[^\\u0000]*$';

/** An attachment. With a `contentId` that the HTML refers to as `cid:…` it is an inline part. */
export const AttachmentSchema = Type.Object(
  {
    filename: Line(255, { minLength: 1, examples: ['rechnung.pdf'] }),
    contentType: Line(127, { minLength: 3, examples: ['application/pdf'] }),
    content: Type.String({
      contentEncoding: 'base64',
      description: 'base64 (RFC 4648 §4); line breaks in it do not count',
    }),
    contentId: Type.Optional(Line(200, { minLength: 1, examples: ['logo'] })),
  },
  { ...closed, $id: 'Attachment' },
);
export type Attachment = Static<typeof AttachmentSchema>;

const calendarMethods = [
  'PUBLISH',
  'REQUEST',
  'REPLY',
  'ADD',
  'CANCEL',
  'REFRESH',
  'COUNTER',
  'DECLINECOUNTER',
] as const;

/** A calendar object as mail carries it (RFC 6047): an invitation, its cancellation, an answer. */
const CalendarSchema = Type.Object(
  {
    method: StringEnum(calendarMethods, {
      description: 'What the recipient is to do (RFC 5546). `METHOD` in the content says the same',
    }),
    content: Type.String({
      minLength: 1,
      maxLength: 256 * 1024,
      pattern: noNul,
      description:
        'iCalendar (RFC 5545), from BEGIN:VCALENDAR to END:VCALENDAR. Line ends become CRLF, and long lines are folded',
      examples: ['BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n…\r\nEND:VCALENDAR\r\n'],
    }),
  },
  closed,
);
export type Calendar = Static<typeof CalendarSchema>;

const Sha256 = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the bytes in the content store, hexadecimal in lower case',
  examples: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
});
const SizeBytes = Type.Integer({ minimum: 0, description: 'How many bytes these are' });
const { content: _content, ...attachmentLabels } = AttachmentSchema.properties;

/** An attachment whose bytes lie in the content store (claim check): the log says only which bytes they are. */
export const ClaimedAttachmentSchema = Type.Object(
  { ...attachmentLabels, sha256: Sha256, sizeBytes: SizeBytes },
  closed,
);
export type ClaimedAttachment = Static<typeof ClaimedAttachmentSchema>;

const dsnNotifies = ['success', 'failure', 'delay', 'never'] as const;
export type DsnNotify = (typeof dsnNotifies)[number];
const DsnNotifySchema = StringEnum(dsnNotifies, { $id: 'DsnNotify' });

/** Which reports of delivery a mail asks for (RFC 3461). */
const DsnOptionsSchema = Type.Object(
  {
    notify: Type.Array(DsnNotifySchema, {
      minItems: 1,
      maxItems: 3,
      uniqueItems: true,
      description: 'When a report is wanted. never stands alone',
    }),
    ret: Type.Optional(
      Nullable(StringEnum(['full', 'headers']), {
        description: 'What a report returns of the message. null: as the server likes',
      }),
    ),
  },
  closed,
);

/** What every request may say beside the message itself. */
const handlingFields = {
  requestDsn: Type.Optional(
    Nullable(DsnOptionsSchema, {
      description:
        'Asks for reports of delivery, which go to the envelope sender. The id of the mail is their envelope id (ENVID). ' +
        'Where the server does not offer them, the attempt says so (`notOffered`)',
    }),
  ),
  businessReference: Type.Optional(
    Nullable(Line(200, { description: 'Repeated in every event of the mail', examples: ['invoice/4711'] })),
  ),
  metadata: Type.Optional(
    Type.Record(Line(100, { minLength: 1 }), Line(1000), {
      ...closed,
      maxProperties: 50,
      description: 'Repeated in every event of the mail',
    }),
  ),
  sendAt: Type.Optional(NullableInstantAhead({ description: 'The mail is not sent before this time' })),
  notAfter: Type.Optional(
    NullableInstantAhead({
      description: 'The mail expires at this time. Default: five days after acceptance, or after `sendAt`',
    }),
  ),
  orderingKey: Type.Optional(
    Nullable(
      Line(200, {
        minLength: 1,
        description: 'Mails with the same key are sent in the order in which they were accepted',
      }),
    ),
  ),
  priority: Type.Optional(
    Nullable(StringEnum(priorities), {
      description:
        'Which mail goes first where mail waits. null: as set for the sender, else for the API key, else normal. It is ' +
        'fixed when the mail is accepted. Over Kafka, what the record does not say is normal',
    }),
  ),
  onUnknown: Type.Optional(
    Nullable(StringEnum(onUnknownPolicies), {
      description:
        'What happens when the connection breaks after the final dot: wait for a person, send again, or check the ' +
        'server first. null: as configured in the outgoing server',
    }),
  ),
};

const erpKey = (description: string, example: string) =>
  Type.Optional(Line(200, { minLength: 1, description, examples: [example] }));

/** Who sends, in the words of the ERP. */
export const SenderQuerySchema = Type.Object(
  {
    id: erpKey('The ID of a sender', 'c81e728d'),
    employee: erpKey('The key of an employee', '4711'),
    department: erpKey('The key of a department', 'accounting'),
    branch: erpKey('The key of a branch: of the employee, of the department, or by itself', 'berlin'),
    purpose: erpKey('The key of a purpose', 'dunning'),
    strict: Type.Optional(
      Type.Boolean({
        description:
          'true: the mail is refused if what is named first leads to no active sender. Otherwise the next one counts, ' +
          'and at last the default sender',
      }),
    ),
  },
  { ...closed, minProperties: 1, $id: 'SenderQuery' },
);
export type SenderQuery = Static<typeof SenderQuerySchema>;

const composedFields = {
  from: Type.Optional(
    Nullable(AddressSchema, { description: 'Default: the sender address of the settings' }),
  ),
  sender: Type.Optional(
    Nullable(SenderQuerySchema, {
      description:
        'Which sender of the settings the mail comes from. The first that leads to an active sender counts: ID, ' +
        'employee at the branch, employee, department at the branch, department, branch, purpose. `from` goes before it',
    }),
  ),
  to: Type.Optional(addresses('Recipients')),
  cc: Type.Optional(addresses('Copies')),
  bcc: Type.Optional(addresses('Blind copies: in the envelope only')),
  replyTo: Type.Optional(Type.Array(AddressSchema, { maxItems: 20 })),
  bounceAddress: Type.Optional(
    Nullable(AddressSchema.properties.address, {
      description:
        'The sender in the envelope, where reports of failure go. Default: the address in From. Exchange connections by ' +
        'Graph and EWS always use the mailbox; the attempt says so (`notOffered`)',
    }),
  ),
  subject: Type.Optional(Line(900)),
  text: Type.Optional(Nullable(Type.String({ pattern: noNul }))),
  html: Type.Optional(Nullable(Type.String({ pattern: noNul }))),
  textFromHtml: Type.Optional(
    Type.Boolean({
      description:
        'Whether a text part is made from `html` where there is no `text`. The HTML then has at most 512 Ki characters ' +
        'and 5,000 tags',
    }),
  ),
  calendar: Type.Optional(
    Nullable(CalendarSchema, {
      description:
        'An invitation or an answer to one: a part beside text and HTML, which mail programs show with buttons, and the ' +
        'attachment invite.ics',
    }),
  ),
  requestReceipt: Type.Optional(
    Type.Union([Type.Boolean(), AddressSchema.properties.address, Type.Null()], {
      description:
        'Asks the recipients for a read receipt (Disposition-Notification-To, RFC 8098). true: to the first `replyTo`, ' +
        'otherwise to the sender. Or the address for the receipts',
    }),
  ),
  attachments: Type.Optional(Type.Array(AttachmentSchema, { maxItems: 100 })),
  headers: Type.Optional(
    Type.Record(Line(76, { minLength: 1 }), Line(10_000), {
      ...closed,
      maxProperties: 50,
      description: 'X- headers, and a few others',
    }),
  ),
};

/** The body of `POST /v1/mails` as JSON. */
export const MailRequestSchema = Type.Object(
  { ...composedFields, ...handlingFields },
  { ...closed, $id: 'MailRequest' },
);
export type MailRequest = Static<typeof MailRequestSchema>;

/** The SMTP envelope (RFC 5321): who gets the message, and where a report of failure goes. */
export const EnvelopeSchema = Type.Object(
  {
    from: Type.Unsafe<string>({
      ...AddressSchema.properties.address,
      description: 'addr-spec. Empty: the null sender, for messages that no report may answer',
    }),
    to: Type.Array(AddressSchema.properties.address, { minItems: 1, maxItems: 1000 }),
  },
  closed,
);
export type Envelope = Static<typeof EnvelopeSchema>;

/** Who asked for a mail: an API key, somebody known by a token, or a module that writes into the topic of requests. */
export const RequesterSchema = Type.Object(
  {
    kind: StringEnum(['api-key', 'token', 'source']),
    id: Type.String({ description: 'source: the `source` of the CloudEvent' }),
    name: Type.String(),
  },
  { ...closed, $id: 'Requester' },
);
export type Requester = Static<typeof RequesterSchema>;

const acceptanceFields = {
  id: Type.String({ minLength: 1, maxLength: 200, pattern: '^[A-Za-z0-9._~-]+$' }),
  messageId: Type.Optional(Line(900)),
  payloadDigest: Type.Optional(Line(100, { description: 'SHA-256 of the canonical request, base64url' })),
  requestedBy: Type.Optional(
    Type.Union([Line(200), RequesterSchema], {
      description:
        'Whose mail it is, where a mailer has accepted it over HTTP; a text: id of the API key, in events of earlier ' +
        'versions. What another source says here does not count: its mail belongs to the source',
    }),
  ),
};

/**
 * The data of `mail-requested` for a message that is still to be composed: the request and its id. Each attachment is
 * either in it or claimed from the content store.
 */
const ComposedMailRequestedSchema = Type.Object(
  {
    ...acceptanceFields,
    ...composedFields,
    attachments: Type.Optional(
      Type.Array(Type.Union([AttachmentSchema, ClaimedAttachmentSchema]), { maxItems: 100 }),
    ),
    ...handlingFields,
  },
  closed,
);
export type ComposedMailRequested = Static<typeof ComposedMailRequestedSchema>;

/** What a finished message says of itself in its header fields: lists show it, and mails are found by it. */
const MessageSummarySchema = Type.Object(
  {
    subject: Type.Optional(Type.String({ maxLength: 900, description: 'Decoded (RFC 2047)' })),
    from: Type.Optional(Type.String({ maxLength: 320, description: 'The address in From' })),
  },
  { ...closed, description: 'Absent in events of earlier versions' },
);
export type MessageSummary = Static<typeof MessageSummarySchema>;

const finishedFields = { envelope: EnvelopeSchema, summary: Type.Optional(MessageSummarySchema) };

/** The data of `mail-requested` for a finished message (`message/rfc822`), whose bytes go out as they are. */
const RawMailRequestedSchema = Type.Object(
  {
    ...acceptanceFields,
    ...handlingFields,
    ...finishedFields,
    raw: Type.String({ contentEncoding: 'base64', description: 'The message, base64' }),
  },
  closed,
);
export type RawMailRequested = Static<typeof RawMailRequestedSchema>;

/** The same for a finished message whose bytes lie in the content store. */
const ClaimedRawMailRequestedSchema = Type.Object(
  {
    ...acceptanceFields,
    ...handlingFields,
    ...finishedFields,
    rawSha256: Sha256,
    rawSizeBytes: SizeBytes,
  },
  closed,
);

export const MailRequestedSchema = Type.Union([
  ComposedMailRequestedSchema,
  RawMailRequestedSchema,
  ClaimedRawMailRequestedSchema,
]);
export type MailRequested = Static<typeof MailRequestedSchema>;
