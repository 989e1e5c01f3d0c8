import type { Address, Finding, MailRequest } from '@postausgang/contracts';
import { ProblemError, type ReceivedJson } from '@postausgang/http-server';
import {
  checkHandling,
  checkMailRequest,
  completeRawMessage,
  type EnvelopeOverrides,
  type Handling,
  type InlineMailRequested,
  messageIdFor,
  payloadDigest,
  rawPayloadDigest,
  readRawMessage,
  senderFinding,
} from '@postausgang/message';
import { domainOf } from '@postausgang/settings';

/** What a request is checked against and accepted with. */
export interface Acceptance {
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
export interface MailDraft {
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
export function composedDraft(request: MailRequest, json: ReceivedJson | null): MailDraft {
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
