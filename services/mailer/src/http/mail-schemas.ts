import {
  AddressSchema,
  closed,
  Instant,
  Line,
  type MailRequest,
  MailRequestSchema,
  mailStates,
  onUnknownPolicies,
  StringEnum,
} from '@postausgang/contracts';
import { type Static, Type } from '@sinclair/typebox';

const address = AddressSchema.properties.address;

/** The query of POST: what a finished message cannot say itself. */
export const RawMailQuerySchema = Type.Object(
  {
    'X-Envelope-From': Type.Optional(
      Type.Unsafe<string>({
        ...address,
        description: 'message/rfc822 only: sender of the envelope. Default: Sender, else From',
      }),
    ),
    'X-Envelope-To': Type.Optional(
      Type.Array(address, {
        maxItems: 1000,
        description: 'message/rfc822 only: recipients of the envelope, repeatable. Default: To, Cc and Bcc',
      }),
    ),
    businessReference: Type.Optional(
      Line(200, { description: 'message/rfc822 only: comes back in every event' }),
    ),
    sendAt: Type.Optional(Instant({ description: 'message/rfc822 only: not before this time' })),
    notAfter: Type.Optional(Instant({ description: 'message/rfc822 only: expires then' })),
    orderingKey: Type.Optional(
      Line(200, { minLength: 1, description: 'message/rfc822 only: mails of one key keep their order' }),
    ),
    onUnknown: Type.Optional(
      StringEnum(onUnknownPolicies, {
        description: 'message/rfc822 only: when the connection breaks after the final dot',
      }),
    ),
  },
  closed,
);
export type RawMailQuery = Static<typeof RawMailQuerySchema>;

export const MailListQuerySchema = Type.Object(
  {
    state: Type.Optional(
      Type.String({
        pattern: `^(${mailStates.join('|')})(,(${mailStates.join('|')}))*$`,
        description: 'Only mails in one of these states, separated by commas',
        examples: ['failed,expired,unknown'],
      }),
    ),
    businessReference: Type.Optional(Line(200, { description: 'Only mails with exactly this reference' })),
    since: Type.Optional(Instant({ description: 'Only mails accepted at this time or later' })),
    until: Type.Optional(Instant({ description: 'Only mails accepted before this time' })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`nextCursor` of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  closed,
);

export const RefusedQuerySchema = Type.Object(
  {
    since: Type.Optional(Instant({ description: 'Only what was refused at this time or later' })),
    until: Type.Optional(Instant({ description: 'Only what was refused before this time' })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`nextCursor` of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  closed,
);

export const MailParamsSchema = Type.Object({
  id: Type.String({ description: 'From the answer to POST /v1/mails' }),
});

export const IdempotencyHeadersSchema = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description:
        'The same key with the same content is one mail, however often it is sent. 1 to 200 visible ASCII characters.',
      examples: ['invoice-4711-v1'],
    }),
  ),
});

/** Bytes of a message; nothing to validate before they are read. */
export const FinishedMessageSchema = Type.Unsafe<Uint8Array>({
  contentMediaType: 'message/rfc822',
  description: 'A finished Internet message (RFC 5322)',
});

const textExample: MailRequest = {
  to: [{ address: 'kunde@example.com' }],
  subject: 'Hallo',
  text: 'Guten Tag',
};
const invoiceExample: MailRequest = {
  from: { name: 'Buchhaltung', address: 'rechnung@acme.example' },
  to: [{ name: 'Kunde', address: 'kunde@example.com' }],
  subject: 'Rechnung 4711',
  text: 'Guten Tag, anbei unsere Rechnung.',
  html: '<p>Guten Tag, anbei unsere Rechnung.</p>',
  attachments: [{ filename: 'rechnung.pdf', contentType: 'application/pdf', content: 'JVBERi0xLjQK' }],
  headers: { 'X-ERP-Module': 'billing' },
  businessReference: 'invoice/4711',
  metadata: { client: '100' },
};

/** The body as JSON, with what Swagger UI offers to try. */
export const MailBodySchema = { ...MailRequestSchema, examples: [textExample, invoiceExample] };
