import { finding, MailAcceptedSchema, type MailRequest } from '@postausgang/contracts';
import {
  completeBody,
  type HttpRequest,
  type HttpServer,
  parseIdempotencyKey,
  ProblemError,
} from '@postausgang/http-server';
import { liftBase64 } from '@postausgang/message';
import { acceptMail } from './accept-mail.ts';
import { composedDraft, type MailDraft, rawDraft } from './mail-draft.ts';
import type { MailRoutesDeps } from './mail-routes-deps.ts';
import {
  FinishedMessageSchema,
  IdempotencyHeadersSchema,
  MailBodySchema,
  type RawMailQuery,
  RawMailQuerySchema,
} from './mail-schemas.ts';

const messageType = 'message/rfc822';

const sendDescription = `
Answers 202 when the mail is durable: from then on every recipient gets exactly one outcome. \`Location\` names the
status. A mail without \`from\` has the sender address of the settings. With \`Idempotency-Key\` a repeat answers with
the state of the first mail and sends nothing; other content under the key is \`idempotency-conflict\`. It belongs to the
API key it came with: under another API key the same request is another mail.

A body of type \`message/rfc822\` is sent as it is, but for this: line ends become CRLF, Bcc fields are taken out, and a
missing Message-ID or Date is added. What JSON says in fields stands in the query then.
`.trim();

/** POST /v1/mails. */
export function addSendMailRoute(app: HttpServer, deps: MailRoutesDeps): void {
  app.addContentTypeParser(messageType, { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body.length === 0 ? undefined : body);
  });
  const schema = {
    operationId: 'sendMail',
    summary: 'Send a mail',
    description: sendDescription,
    tags: ['mails'],
    headers: IdempotencyHeadersSchema,
    querystring: RawMailQuerySchema,
    body: {
      content: {
        'application/json': { schema: MailBodySchema },
        [messageType]: { schema: FinishedMessageSchema },
      },
    },
    response: { 202: MailAcceptedSchema },
  };
  const config = {
    scopes: ['mail:send'] as const,
    liftJson: liftBase64,
    problems: [
      'mail-disabled',
      'idempotency-conflict',
      'mail-invalid',
      'outcome-unknown',
      'overloaded',
      'log-unavailable',
      'store-unavailable',
      'store-full',
      'log-full',
    ] as const,
  };
  app.post('/v1/mails', { schema, config, bodyLimit: deps.bodyLimitBytes }, async (request, reply) => {
    const idempotencyKey = parseIdempotencyKey(request.headers['idempotency-key']);
    const draft = draftOf(request, request.body, request.query);
    const accepted = await acceptMail(deps, { draft, principal: request.principal, idempotencyKey });
    reply.code(202).header('location', `/v1/mails/${accepted.id}`);
    return accepted;
  });
}

/** The media type was checked by then, and JSON against its schema. */
function draftOf(request: HttpRequest, body: unknown, query: RawMailQuery): MailDraft {
  if (!Buffer.isBuffer(body)) {
    refuseQuery(query);
    return composedDraft(completeBody(request, body as MailRequest), request.receivedJson);
  }
  const { 'X-Envelope-From': from, 'X-Envelope-To': to, ...handling } = query;
  return rawDraft(body, { from, to }, handling);
}

function refuseQuery(query: RawMailQuery): void {
  const findings = Object.keys(query).map((name) => finding(`/${name}`, 'unknown-field'));
  if (findings.length > 0) {
    const detail = `The findings point into the query, which is for ${messageType} only.`;
    throw new ProblemError('request-invalid', { detail, findings });
  }
}
