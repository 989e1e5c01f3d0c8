import {
  AddressSchema,
  closed,
  finding,
  Instant,
  Line,
  type MailAccepted,
  MailAcceptedSchema,
  type MailRequest,
  MailRequestSchema,
  onUnknownPolicies,
  priorities,
  StringEnum,
} from '@postausgang/contracts';
import {
  completeBody,
  type ContentCheck,
  type HttpPlugin,
  type HttpReply,
  type HttpRequest,
  parseIdempotencyKey,
  ProblemError,
  withHeaders,
} from '@postausgang/http';
import { checkMailRequest, liftBase64 } from '@postausgang/message';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { acceptMail, composedDraft, type MailDraft, rawDraft } from './accept-mail.ts';
import { activeTrace, traced, traceparentOf } from '../engine/tracing.ts';
import { IdempotencyHeadersSchema, type MailRoutesDeps } from './route-deps.ts';

const address = AddressSchema.properties.address;
/** For people to read: what is sent by Swagger UI has no dates. */
const ahead = '2099-12-31T23:00:00Z';

/** What a finished message cannot say itself. */
const RawMailQuerySchema = Type.Object(
  {
    'X-Envelope-From': Type.Optional(
      Type.Unsafe<string>({
        ...address,
        description: 'The sender in the envelope; empty: the null sender. Default: Sender, otherwise From',
      }),
    ),
    'X-Envelope-To': Type.Optional(
      Type.Array(address, {
        maxItems: 1000,
        description: 'The recipients in the envelope, repeatable. Default: To, Cc and Bcc',
      }),
    ),
    bounceAddress: Type.Optional(
      Type.Unsafe<string>({ ...address, description: 'The same as X-Envelope-From' }),
    ),
    requestDsn: Type.Optional(
      Line(200, {
        description: 'As in a JSON request, a JSON object',
        examples: ['{"notify":["success","failure"],"ret":"headers"}'],
      }),
    ),
    businessReference: Type.Optional(Line(200, { description: 'Repeated in every event of the mail' })),
    metadata: Type.Optional(
      Line(60_000, {
        description: 'A JSON object of texts, repeated in every event of the mail',
        examples: ['{"client":"100"}'],
      }),
    ),
    sendAt: Type.Optional(
      Instant({ description: 'The mail is not sent before this time', examples: [ahead] }),
    ),
    notAfter: Type.Optional(Instant({ description: 'The mail expires at this time', examples: [ahead] })),
    orderingKey: Type.Optional(
      Line(200, { minLength: 1, description: 'Mails with the same key are sent in order' }),
    ),
    priority: Type.Optional(
      StringEnum(priorities, { description: 'Which mail goes first where mail waits' }),
    ),
    onUnknown: Type.Optional(
      StringEnum(onUnknownPolicies, {
        description: 'What happens when the connection breaks after the final dot',
      }),
    ),
  },
  closed,
);
type RawMailQuery = Static<typeof RawMailQuerySchema>;

const messageType = 'message/rfc822';

/** Bytes of a message; nothing to validate before they are read. */
const FinishedMessageSchema = Type.Unsafe<Uint8Array>({
  contentMediaType: messageType,
  description: 'A finished Internet message (RFC 5322)',
  examples: [
    [
      'From: Buchhaltung <rechnung@acme.example>',
      'To: Kunde <kunde@example.com>',
      'Subject: Rechnung 4711',
      '',
      'Guten Tag, anbei unsere Rechnung.',
      '',
    ].join('\r\n'),
  ],
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

const invitationExample: MailRequest = {
  to: [{ address: 'kunde@example.com' }],
  subject: 'Termin',
  html: '<p>Guten Tag, wir laden Sie ein.</p>',
  textFromHtml: true,
  calendar: {
    method: 'REQUEST',
    content: [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//ACME//ERP//DE',
      'METHOD:REQUEST',
      'BEGIN:VEVENT',
      'UID:4711@acme.example',
      'DTSTAMP:20261123T081600Z',
      'DTSTART:20991201T080000Z',
      'ORGANIZER:mailto:erp@acme.example',
      'ATTENDEE:mailto:kunde@example.com',
      'SUMMARY:Abnahme',
      'END:VEVENT',
      'END:VCALENDAR',
    ].join('\r\n'),
  },
  requestReceipt: true,
  requestDsn: { notify: ['success', 'failure'], ret: 'headers' },
  bounceAddress: 'bounces@acme.example',
};

/** The body as JSON, with what Swagger UI offers to try. */
const MailBodySchema = { ...MailRequestSchema, examples: [textExample, invoiceExample, invitationExample] };

const sendDescription = `
The answer is 202 when the mail is durable. From then on, every recipient gets exactly one outcome. \`Location\` is the
address of the status. A mail without \`from\` is sent from the sender address in the settings. With
\`Idempotency-Key\`, a repeated request is answered with the state of the first mail and sends nothing; different content
with the same key is \`idempotency-conflict\`. The key belongs to the API key of the request: with another API key, the
same request is another mail.

A body of type \`message/rfc822\` is a finished message, as \`POST /v1/mails/raw\` takes it.
`.trim();

const rawDescription = `
The message is sent unchanged, with these exceptions. A byte order mark or the line of a mailbox at
its start is removed. Line ends become CRLF. The fields Bcc, Return-Path, Authentication-Results and X-Postausgang-* are
removed, and a missing Message-ID or Date is added. Text outside ASCII in header fields is encoded; where that is not possible,
where a line is longer than 998 characters, or where a field that may occur once occurs twice, the mail is refused with the
place (\`/headers/cc\`, \`/lines/57\`). Without
\`X-Envelope-To\`, every address in To, Cc and Bcc becomes a recipient. If one of these fields contains anything else, such
as two addresses without a comma, the mail is refused with the place. The query contains what a JSON request contains in
fields. The answer, and repetition with \`Idempotency-Key\`, are those of \`POST /v1/mails\`.
`.trim();

const acceptedExample: MailAccepted = {
  id: '8d5c3b1a-6f0e-4d7e-9a53-0c1f7f0e2b11',
  messageId: '<8d5c3b1a-6f0e-4d7e-9a53-0c1f7f0e2b11@acme.example>',
  state: 'queued',
};

const MailHeadersSchema = Type.Object({
  ...IdempotencyHeadersSchema.properties,
  traceparent: Type.Optional(
    Type.String({
      description: 'The trace of the request (W3C Trace Context). Every event about the mail has it',
      examples: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    }),
  ),
});

const AcceptedSchema = withHeaders(
  { ...MailAcceptedSchema, examples: [acceptedExample] },
  {
    Location: Type.String({ description: 'The address of the status', examples: ['/v1/mails/8d5c3b1a'] }),
  },
);

const schema = {
  operationId: 'sendMail',
  summary: 'Send a mail',
  description: sendDescription,
  tags: ['mails'],
  headers: MailHeadersSchema,
  querystring: RawMailQuerySchema,
  body: {
    content: {
      'application/json': { schema: MailBodySchema },
      [messageType]: { schema: FinishedMessageSchema },
    },
  },
  response: { 202: AcceptedSchema },
};
const rawSchema = {
  ...schema,
  operationId: 'sendFinishedMessage',
  summary: 'Send a finished message',
  description: rawDescription,
  querystring: RawMailQuerySchema,
  body: { content: { [messageType]: { schema: FinishedMessageSchema } } },
};
const rawConfig = {
  scopes: ['mail:send'] as const,
  problems: [
    'mail-disabled',
    'idempotency-conflict',
    'mail-invalid',
    'sender-not-allowed',
    'recipient-not-allowed',
    'quota-exceeded',
    'history-incomplete',
    'outcome-unknown',
    'overloaded',
    'log-unavailable',
    'store-unavailable',
    'store-full',
    'log-full',
  ] as const,
};

/** A finished message has an operation of its own in the document: generators know one kind of body for an operation. */
const documented = { body: MailBodySchema, querystring: Type.Object({}, closed) };
const config = { ...rawConfig, documented, liftJson: liftBase64 };

/** POST /v1/mails, and /v1/mails/raw for finished messages alone. */
export const sendMail: HttpPlugin<MailRoutesDeps> = async (app, deps) => {
  const bodyLimit = deps.bodyLimitBytes;
  const accept = async (draft: MailDraft, request: HttpRequest, reply: HttpReply): Promise<MailAccepted> => {
    const idempotencyKey = parseIdempotencyKey(request.headers['idempotency-key']);
    const { principal, headers } = request;
    const span = { parent: activeTrace(headers['traceparent']), kind: 'server', attributes: {} } as const;
    const accepted = await traced('mail accept', span, (accepting) =>
      acceptMail(deps, { draft, principal, idempotencyKey, traceparent: traceparentOf(accepting) }),
    );
    reply.code(202).header('location', `/v1/mails/${accepted.id}`);
    return accepted;
  };
  app.addContentTypeParser(messageType, { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body.length === 0 ? undefined : body);
  });
  const sendConfig = { ...config, content: contentCheck(deps) };
  app.post('/v1/mails', { schema, config: sendConfig, bodyLimit }, async (request, reply) => {
    const { query } = request;
    // The media type was checked by then, and JSON against its schema.
    const body: unknown = request.body;
    if (Buffer.isBuffer(body)) return accept(finishedDraft(body, query), request, reply);
    refuseQuery(query);
    const draft = composedDraft(completeBody(request, body as MailRequest), request.receivedJson);
    return accept(draft, request, reply);
  });
  app.post('/v1/mails/raw', { schema: rawSchema, config: rawConfig, bodyLimit }, async (request, reply) => {
    const message = request.body as Buffer;
    return accept(finishedDraft(message, request.query), request, reply);
  });
};

/** What is wrong with the content of a mail, as far as its members have the form. */
function contentCheck({ now, longestWaitMs }: MailRoutesDeps): ContentCheck {
  return {
    parts: [],
    findings: (request, body) =>
      checkMailRequest(completeBody(request, body as MailRequest), { nowMs: now().getTime(), longestWaitMs }),
  };
}

function finishedDraft(message: Buffer, query: RawMailQuery): MailDraft {
  const {
    'X-Envelope-From': named,
    'X-Envelope-To': to,
    bounceAddress,
    metadata,
    requestDsn,
    ...rest
  } = query;
  const from = bounceAddress ?? named;
  if (named !== undefined && named !== from) {
    const detail = 'X-Envelope-From and bounceAddress are the same, and name two addresses.';
    throw new ProblemError('request-invalid', {
      detail,
      findings: [finding('/bounceAddress', 'duplicate-entry')],
    });
  }
  const handling = { ...rest, ...readJson({ metadata, requestDsn }) };
  return rawDraft(message, { from: from === '<>' ? '' : from, to }, handling);
}

const JsonFieldsSchema = Type.Pick(MailRequestSchema, ['metadata', 'requestDsn']);

/** The fields of the query that are JSON. */
function readJson(
  texts: Readonly<Record<'metadata' | 'requestDsn', string | undefined>>,
): Static<typeof JsonFieldsSchema> {
  const given = Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, parseJson(text)] as const],
  );
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(given);
  if (Value.Check(JsonFieldsSchema, fields)) return fields;
  const isWrong = (name: string): boolean => !Value.Check(JsonFieldsSchema, { [name]: fields[name] });
  const findings = Object.keys(fields)
    .filter(isWrong)
    .map((name) => finding(`/${name}`, 'wrong-format'));
  const detail = 'The field is JSON as in a JSON request. The findings point into the query.';
  throw new ProblemError('request-invalid', { detail, findings });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuseQuery(query: RawMailQuery): void {
  const findings = Object.keys(query).map((name) => finding(`/${name}`, 'unknown-field'));
  if (findings.length > 0) {
    const detail = `The findings point into the query, which is only for ${messageType}.`;
    throw new ProblemError('request-invalid', { detail, findings });
  }
}
