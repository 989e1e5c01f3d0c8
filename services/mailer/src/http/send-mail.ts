import {
  type Address,
  type Finding,
  finding,
  type MailAccepted,
  MailAcceptedSchema,
  type MailRequest,
  type MailRequested,
} from '@postausgang/contracts';
import {
  completeBody,
  type HttpRequest,
  type HttpServer,
  parseIdempotencyKey,
  type Principal,
  ProblemError,
  type ReceivedJson,
} from '@postausgang/http';
import type { Mail } from '@postausgang/mail';
import {
  checkHandling,
  checkMailRequest,
  completeRawMessage,
  type EnvelopeOverrides,
  type Handling,
  type InlineMailRequested,
  liftBase64,
  mailIdFor,
  messageIdFor,
  payloadDigest,
  rawPayloadDigest,
  readRawMessage,
  senderFinding,
} from '@postausgang/message';
import { domainOf } from '@postausgang/settings';
import { claimLargeContent, hasLargeContent } from '../claim-check.ts';
import {
  FinishedMessageSchema,
  IdempotencyHeadersSchema,
  MailBodySchema,
  type RawMailQuery,
  RawMailQuerySchema,
} from './mail-schemas.ts';
import { acceptanceUnknown, appendProblem, type MailRoutesDeps } from './route-deps.ts';

const openingBrace = 0x7b;

/**
 * The JSON of an object with further fields in front of its own, of which it has at least one. Neither may have a
 * name of the other. The object's own bytes are not parsed. Where there is room in the memory before them they are not
 * even copied: the front is written over their beginning then, and `json` is not to be read any more.
 *
 * @param headroomBytes how many bytes before `json` belong to it; 0: `json` stays as it is
 */
export function withFieldsInFront(
  fields: Readonly<Record<string, unknown>>,
  json: Uint8Array,
  headroomBytes = 0,
): Uint8Array {
  const front = Buffer.from(`${JSON.stringify(fields).slice(0, -1)},`);
  const restStart = json.indexOf(openingBrace) + 1;
  const start = restStart - front.length;
  if (headroomBytes === 0 || start < -headroomBytes) {
    return Buffer.concat([front, json.subarray(restStart)]);
  }
  const whole = Buffer.from(json.buffer, json.byteOffset + start, json.length - start);
  whole.set(front);
  return whole;
}

/** What a request is checked against and accepted with. */
interface Acceptance {
  readonly id: string;
  readonly at: Date;
  readonly requestedBy: string;
  /** That of the draft; the id where nobody can repeat the request, since hashing content costs time. */
  readonly payloadDigest: string;
  readonly defaultSender: Address | null;
  /** See `RequestContext`. */
  readonly longestWaitMs: number | undefined;
}

/** A mail somebody asks for, before it is accepted. */
interface MailDraft {
  /** The same for the same request. */
  payloadDigest(): string;
  readonly orderingKey: string | null;
  /** The request as it came; null where that was not JSON. */
  readonly json: ReceivedJson | null;
  /** What is wrong with it at this time and under these settings. */
  check(acceptance: Acceptance): readonly Finding[];
  /** The data of the event, all content still in it; only for a draft without findings. */
  toRequested(acceptance: Acceptance): InlineMailRequested;
}

/** A mail that is still to be composed. */
function composedDraft(request: MailRequest, json: ReceivedJson | null): MailDraft {
  return {
    json,
    payloadDigest: () => payloadDigest(request),
    orderingKey: request.orderingKey ?? null,
    check({ at, defaultSender, longestWaitMs }) {
      const sender = senderFinding(request, defaultSender);
      return [
        ...(sender === undefined ? [] : [sender]),
        ...checkMailRequest(request, { nowMs: at.getTime(), longestWaitMs }),
      ];
    },
    toRequested({ id, requestedBy, payloadDigest: digest, defaultSender }) {
      const sender = request.from?.address ?? defaultSender?.address ?? '';
      const messageId = messageIdFor(id, domainOf(sender));
      return { ...request, id, messageId, payloadDigest: digest, requestedBy };
    },
  };
}

/**
 * A finished message. Throws `mail-invalid` when it cannot be read. The digest is that of the bytes as they came:
 * what is added to them changes with the time.
 */
function rawDraft(bytes: Uint8Array, overrides: EnvelopeOverrides, handling: Handling): MailDraft {
  const read = readRawMessage(bytes, overrides);
  if (!read.ok) {
    throw new ProblemError('mail-invalid', { detail: rawPointers, findings: read.findings });
  }
  const { envelope } = read.message;
  return {
    json: null,
    payloadDigest: () => rawPayloadDigest({ ...handling, envelope, message: bytes }),
    orderingKey: handling.orderingKey ?? null,
    check: ({ at, longestWaitMs }) => checkHandling(handling, { nowMs: at.getTime(), longestWaitMs }),
    toRequested({ id, at, requestedBy, payloadDigest: digest }) {
      const messageId = read.message.messageId ?? messageIdFor(id, domainOf(envelope.from));
      const raw = Buffer.from(completeRawMessage(read.message, { messageId, date: at })).toString('base64');
      return { ...handling, id, messageId, payloadDigest: digest, requestedBy, envelope, raw };
    },
  };
}

const rawPointers =
  'The findings point into the message (/headers/from is its From field) or name a query parameter.';

/*
 * Accepting a mail. Accepted means durable: the answer goes out after the append, never before.
 *
 * - Without an idempotency key nothing is waited for but the append, and before it the content store where something
 *   is too large for the log. What lies there without a record, because the append failed, is pruned some day.
 * - With a key the mail id is derived from it, so every repeat on every mailer has the same id. A known id is
 *   answered with what became of the first request, or refused when the content is another one. Two first requests
 *   at the same time both get into the log; its order decides, so the answer waits until the view has come to
 *   there, and is read from the row.
 * - A repeat is answered before anything is checked: what was accepted once stays accepted when time has passed or
 *   sending was switched off in between.
 */

const defaultFoldTimeoutMs = 5_000;

interface AcceptRequest {
  readonly draft: MailDraft;
  readonly principal: Pick<Principal, 'id'>;
  readonly idempotencyKey: string | undefined;
}

/** Throws `mail-invalid`, `mail-disabled`, `idempotency-conflict`, `outcome-unknown`, `store-unavailable`, `store-full` and the problems of the log. */
async function acceptMail(deps: MailRoutesDeps, request: AcceptRequest): Promise<MailAccepted> {
  const { draft, principal, idempotencyKey } = request;
  if (idempotencyKey === undefined) {
    const id = deps.newId();
    const { accepted } = await append(deps, draft, acceptanceOf(deps, principal, id, id));
    return accepted;
  }
  const id = mailIdFor(idempotencyKey, principal.id);
  const payloadDigest = draft.payloadDigest();
  const known = deps.queue.find(id);
  if (known !== undefined) {
    return repeated(deps, known, payloadDigest);
  }
  const { position } = await append(deps, draft, acceptanceOf(deps, principal, id, payloadDigest));
  await withinTime(deps.queue.waitFor(position), deps.foldTimeoutMs ?? defaultFoldTimeoutMs);
  const folded = deps.queue.find(id);
  if (folded === undefined) {
    throw acceptanceUnknown();
  }
  return repeated(deps, folded, payloadDigest);
}

function acceptanceOf(
  deps: MailRoutesDeps,
  principal: Pick<Principal, 'id'>,
  id: string,
  payloadDigest: string,
): Acceptance {
  const { defaultSender } = deps.sendingRules();
  return {
    id,
    at: deps.now(),
    requestedBy: principal.id,
    payloadDigest,
    defaultSender,
    longestWaitMs: deps.longestWaitMs,
  };
}

async function append(deps: MailRoutesDeps, draft: MailDraft, acceptance: Acceptance) {
  const { publisher, sendingRules, contentStore } = deps;
  const { enabled, whenDisabled } = sendingRules();
  if (!enabled && whenDisabled === 'reject') {
    throw new ProblemError('mail-disabled', { detail: 'Sending is switched off in the settings.' });
  }
  const findings = draft.check(acceptance);
  if (findings.length > 0) {
    throw new ProblemError('mail-invalid', { findings });
  }
  const request = draft.toRequested(acceptance);
  const { id, messageId = null } = request;
  const time = acceptance.at.toISOString();
  const publish = (requested: MailRequested, json?: Uint8Array) =>
    publisher.publish('mailRequested', draft.orderingKey ?? id, requested, {
      time,
      ...(json === undefined ? {} : { json }),
    });
  const published = hasLargeContent(request)
    ? claimLargeContent(contentStore, request).then((claimed) => publish(claimed))
    : publish(request, acceptedJson(draft, request));
  const { position } = await published.catch((error: unknown) => {
    throw appendProblem(error);
  });
  const accepted: MailAccepted = { id, messageId, state: 'queued' };
  return { accepted, position };
}

/** What acceptance adds stands in front of the request as it came: so its content is not written out once more. */
function acceptedJson({ json }: MailDraft, request: InlineMailRequested): Uint8Array | undefined {
  if (json === null) {
    return undefined;
  }
  const { id, messageId, payloadDigest, requestedBy } = request;
  return withFieldsInFront({ id, messageId, payloadDigest, requestedBy }, json.bytes, json.headroomBytes);
}

function repeated(deps: MailRoutesDeps, mail: Mail, payloadDigest: string): MailAccepted {
  if (mail.payloadDigest !== payloadDigest) {
    const detail = 'A mail with other content was accepted under this key. Use a new key for a new mail.';
    throw new ProblemError('idempotency-conflict', { detail });
  }
  const { id, messageId, state } = deps.queue.status(mail.id) ?? mail;
  return { id, messageId, state };
}

async function withinTime(folded: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise: timeIsUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(acceptanceUnknown()), timeoutMs);
  try {
    await Promise.race([folded, timeIsUp]);
  } finally {
    clearTimeout(timer);
  }
}

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
