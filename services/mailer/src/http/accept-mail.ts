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
import {
  type Address,
  finding,
  type Finding,
  type MailAccepted,
  type MailRequest,
  type MailRequested,
  type Priority,
  type Requester,
  type SenderContent,
} from '@postausgang/contracts';
import { type Principal, ProblemError, type ReceivedJson, withFieldsInFront } from '@postausgang/http';
import { chooseSender, type Mail, requestedRecipients, type SenderChoice } from '@postausgang/mail';
import {
  checkHandling,
  checkMailRequest,
  claimLargeContent,
  completeRawMessage,
  dateMsOf,
  type EnvelopeOverrides,
  type Handling,
  hasLargeContent,
  type InlineMailRequested,
  mailIdFor,
  messageIdFor,
  payloadDigest,
  rawPayloadDigest,
  readRawMessage,
  requestSizeBytes,
  senderFinding,
} from '@postausgang/message';
import { within } from '@postausgang/net';
import { activeSenderWith, domainOf, type SenderRules } from '@postausgang/settings';
import {
  type PlacedRecipient,
  type PlacedSender,
  requireRecipients,
  requireSenders,
  reserveQuota,
} from './key-permissions.ts';
import { isOwn, requesterFrom } from './mail-owner.ts';
import { acceptanceUnknown, appendProblem, type MailRoutesDeps } from './route-deps.ts';

/** What a request is checked against and accepted with. */
interface Acceptance {
  readonly id: string;
  readonly at: Date;
  readonly requestedBy: Requester;
  /** What the key says of its mail. */
  readonly priority: Priority | null;
  /** That of the draft; the id where nobody can repeat the request, since hashing content costs time. */
  readonly payloadDigest: string;
  readonly rules: SenderRules;
  /** Sending is off, and mail is refused meanwhile. */
  readonly isRefused: boolean;
  /** See `RequestContext`. */
  readonly longestWaitMs: number | undefined;
}

/** A mail somebody asks for, before it is accepted. */
export interface MailDraft {
  /** The same for the same request. */
  payloadDigest(): string;
  readonly orderingKey: string | null;
  /** The request as it came; null where that was not JSON. */
  readonly json: ReceivedJson | null;
  /** Everyone in its envelope, for a draft without findings. */
  recipients(): readonly PlacedRecipient[];
  judge(acceptance: Acceptance): JudgedDraft;
}

/** A draft at one time and under the settings of that time. */
interface JudgedDraft {
  /** What is wrong with it. The rest is only for a draft without findings. */
  readonly findings: readonly Finding[];
  /** Everything in it that says who sends. */
  senders(): readonly PlacedSender[];
  /** The data of the event, all content still in it. */
  toRequested(): InlineMailRequested;
}

/** A mail that is still to be composed. */
export function composedDraft(request: MailRequest, json: ReceivedJson | null): MailDraft {
  return {
    // A null there would stand behind what acceptance adds, and win.
    json: request.priority === null ? null : json,
    payloadDigest: () => payloadDigest(request),
    orderingKey: request.orderingKey ?? null,
    recipients: () =>
      (['to', 'cc', 'bcc'] as const).flatMap((field) =>
        (request[field] ?? []).map(({ address }, index) => ({
          pointer: `/${field}/${index}/address`,
          address,
        })),
      ),
    judge({ id, at, requestedBy, priority, payloadDigest: digest, rules, longestWaitMs }) {
      const { defaultSender } = rules;
      const choice = chooseSender(request, rules);
      const address = choice.kind === 'chosen' ? choice.from.address : '';
      return {
        findings: [
          ...checkSender(request, defaultSender, choice),
          ...checkMailRequest(request, { nowMs: at.getTime(), longestWaitMs }),
        ],
        senders: () => placedSenders(request, address),
        toRequested() {
          const messageId = messageIdFor(id, domainOf(address));
          const sender = choice.kind === 'chosen' ? choice.content : null;
          const urgency = priorityFor(request, sender ?? senderWith(rules, address), priority);
          return { ...request, id, messageId, payloadDigest: digest, requestedBy, ...urgency };
        },
      };
    },
  };
}

/** What is wrong with the sender: there is none, or the mail is strict about one that is not there. */
function checkSender(
  request: MailRequest,
  defaultSender: Address | null,
  choice: SenderChoice,
): readonly Finding[] {
  switch (choice.kind) {
    case 'chosen':
      return [];
    case 'refused':
      return [finding(`/sender/${namedFirst(request.sender)}`, 'sender-unknown')];
    case 'no-sender':
      return [senderFinding(request, defaultSender) ?? finding('/sender', 'sender-address-required')];
    default:
      return choice satisfies never;
  }
}

/** @param address - who the mail comes from */
function placedSenders(request: MailRequest, address: string): readonly PlacedSender[] {
  const { from = null, replyTo = [], bounceAddress = null } = request;
  return [
    { pointer: from === null ? '/sender' : '/from/address', address },
    ...replyTo.map((one, index) => ({ pointer: `/replyTo/${index}/address`, address: one.address })),
    ...(bounceAddress === null ? [] : [{ pointer: '/bounceAddress', address: bounceAddress }]),
  ];
}

/** The member of a query that has to lead to a sender when the mail is strict. */
function namedFirst(query: MailRequest['sender']): string {
  const members = ['id', 'employee', 'department', 'branch', 'purpose'] as const;
  return members.find((member) => query?.[member] !== undefined) ?? '';
}

/**
 * A finished message. Throws `mail-invalid` when it cannot be read. The digest is that of the bytes as they came:
 * what is added to them changes with the time.
 */
export function rawDraft(bytes: Uint8Array, overrides: EnvelopeOverrides, handling: Handling): MailDraft {
  const read = readRawMessage(bytes, overrides);
  if (!read.ok) {
    throw new ProblemError('mail-invalid', { detail: rawPointers, findings: read.findings });
  }
  const { envelope } = read.message;
  return {
    json: null,
    payloadDigest: () => rawPayloadDigest({ ...handling, envelope, message: bytes }),
    orderingKey: handling.orderingKey ?? null,
    recipients: () => envelope.to.map((address, index) => ({ pointer: `/envelope/to/${index}`, address })),
    judge: ({ id, at, requestedBy, priority, payloadDigest: digest, rules, longestWaitMs }) => ({
      findings: checkHandling(handling, { nowMs: at.getTime(), longestWaitMs }),
      // The null sender is nobody's address.
      senders: () =>
        envelope.from === ''
          ? read.message.senders
          : [...read.message.senders, { pointer: '/envelope/from', address: envelope.from }],
      toRequested() {
        const { author, summary } = read.message;
        const messageId = read.message.messageId ?? messageIdFor(id, domainOf(envelope.from || author));
        const date = new Date(dateMsOf(handling, at.getTime()));
        const raw = Buffer.from(completeRawMessage(read.message, { messageId, date })).toString('base64');
        const urgency = priorityFor(handling, senderWith(rules, author), priority);
        return {
          ...handling,
          id,
          messageId,
          payloadDigest: digest,
          requestedBy,
          envelope,
          summary,
          raw,
          ...urgency,
        };
      },
    }),
  };
}

/** The sender of the settings that has this address. */
function senderWith({ senders }: SenderRules, address: string): SenderContent | null {
  return address === '' ? null : (activeSenderWith(senders, address)?.content ?? null);
}

/** As the mail says, else its sender, else its key; normal need not be said. */
function priorityFor(
  { priority: asked = null }: Handling,
  sender: SenderContent | null,
  ofKey: Priority | null,
): Pick<MailRequest, 'priority'> {
  const priority = asked ?? sender?.priority ?? ofKey ?? 'normal';
  return priority === 'normal' && asked === null ? {} : { priority };
}

const rawPointers =
  'The findings point into the message (/headers/from is its From field) or to a query parameter.';

const defaultFoldTimeoutMs = 5_000;

interface AcceptRequest {
  readonly draft: MailDraft;
  readonly principal: Principal;
  readonly idempotencyKey: string | undefined;
  /** The trace that the request belongs to. */
  readonly traceparent?: string | undefined;
}

/**
 * Throws `mail-invalid`, `sender-not-allowed`, `recipient-not-allowed`, `quota-exceeded`, `mail-disabled`,
 * `idempotency-conflict`, `outcome-unknown`, `store-unavailable`, `store-full` and the problems of the log.
 */
export async function acceptMail(deps: MailRoutesDeps, request: AcceptRequest): Promise<MailAccepted> {
  const { draft, principal, idempotencyKey } = request;
  if (idempotencyKey === undefined) {
    const id = deps.newId();
    const { accepted } = await append(deps, request, acceptanceOf(deps, principal, id, id));
    return accepted;
  }
  const id = mailIdFor(idempotencyKey, principal.id);
  const payloadDigest = draft.payloadDigest();
  const known = deps.queue.find(id);
  if (known !== undefined) {
    return repeated(deps, known, principal, payloadDigest);
  }
  const { position } = await append(deps, request, acceptanceOf(deps, principal, id, payloadDigest));
  const timeoutMs = deps.foldTimeoutMs ?? defaultFoldTimeoutMs;
  const isFolded = await within(timeoutMs, deps.queue.waitFor(position), () => false);
  const mail = isFolded ? deps.queue.find(id) : undefined;
  if (mail === undefined) {
    throw acceptanceUnknown();
  }
  return repeated(deps, mail, principal, payloadDigest);
}

function acceptanceOf(
  deps: MailRoutesDeps,
  principal: Principal,
  id: string,
  payloadDigest: string,
): Acceptance {
  const rules = deps.sendingRules();
  return {
    id,
    at: deps.now(),
    requestedBy: requesterFrom(principal),
    priority: principal.permissions?.priority ?? null,
    payloadDigest,
    rules,
    isRefused: !rules.enabled && rules.whenDisabled === 'reject',
    longestWaitMs: deps.longestWaitMs,
  };
}

async function append(
  deps: MailRoutesDeps,
  { draft, principal, traceparent }: AcceptRequest,
  acceptance: Acceptance,
) {
  const { publisher, contentStore } = deps;
  if (acceptance.isRefused) {
    throw new ProblemError('mail-disabled', { detail: 'Sending is disabled in the settings.' });
  }
  const { findings, senders: sendersOf, toRequested } = draft.judge(acceptance);
  if (findings.length > 0) {
    throw new ProblemError('mail-invalid', { findings });
  }
  requireSenders(principal, acceptance.rules, sendersOf);
  requireRecipients(principal, draft.recipients());
  const request = toRequested();
  const reservation = reserveQuota(deps, principal, () => ({
    mails: 1,
    recipients: requestedRecipients(request).length,
    bytes: requestSizeBytes(request),
  }));
  const { id, messageId = null } = request;
  const time = acceptance.at.toISOString();
  const publish = (requested: MailRequested, json?: Uint8Array) =>
    publisher.publish('mailRequested', draft.orderingKey ?? id, requested, {
      time,
      traceparent,
      ...(json === undefined ? {} : { json }),
    });
  const published = hasLargeContent(request)
    ? claimLargeContent(contentStore, request).then((claimed) => publish(claimed))
    : publish(request, acceptedJson(draft, request));
  const { position } = await published.catch((error: unknown) => {
    reservation?.end();
    throw appendProblem(error);
  });
  if (reservation !== undefined) {
    void deps.queue.waitFor(position).finally(reservation.end);
  }
  const accepted: MailAccepted = { id, messageId, state: 'queued' };
  return { accepted, position };
}

/** What acceptance adds stands in front of the request as it came: so its content is not written out once more. */
function acceptedJson({ json }: MailDraft, request: InlineMailRequested): Uint8Array | undefined {
  if (json === null) {
    return undefined;
  }
  const { id, messageId, payloadDigest, requestedBy, priority } = request;
  return withFieldsInFront({ id, messageId, payloadDigest, requestedBy, priority }, json);
}

function repeated(
  deps: MailRoutesDeps,
  mail: Mail,
  principal: Principal,
  payloadDigest: string,
): MailAccepted {
  if (mail.payloadDigest !== payloadDigest || !isOwn(principal, mail)) {
    const detail = 'A mail with different content was accepted with this key. Use a new key for a new mail.';
    throw new ProblemError('idempotency-conflict', { detail });
  }
  const { id, messageId, state } = deps.queue.status(mail.id) ?? mail;
  return { id, messageId, state };
}
