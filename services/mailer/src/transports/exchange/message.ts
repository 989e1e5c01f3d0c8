import addressparser from 'nodemailer/lib/addressparser';
import { type Failure, failure, type FailureCode, type NotOffered } from '@postausgang/contracts';
import type { DsnRequest, SendRequest, SendResult } from '@postausgang/mail';
import { type HeaderField, readHeaderFields } from '@postausgang/message';
import { addressMatchKey, asciiAddress } from '@postausgang/settings';
import { type HttpsResult, type NoAnswer, withRequestId } from './https-client.ts';

/** The options of a transport for a mail whose sender has a mailbox of its own. */
export function throughMailbox<Options extends { readonly description: { readonly mailbox: string } }>(
  options: Options,
  { mailbox }: Pick<SendRequest, 'mailbox'>,
): Options {
  if (mailbox === undefined) return options;
  return { ...options, description: { ...options.description, mailbox: asciiAddress(mailbox) } };
}

/** A fixed number of things that one user at a time may have; who comes when all are lent waits in line. */
export interface Lanes<Lane> {
  use<Result>(work: (lane: Lane) => Promise<Result>): Promise<Result>;
  /** Resolves when all are back. */
  drained(): Promise<void>;
}

export function createLanes<Lane>(lanes: readonly Lane[]): Lanes<Lane> {
  const free = [...lanes];
  const waiting: ((lane: Lane) => void)[] = [];
  const working = new Set<Promise<unknown>>();

  function borrow(): Promise<Lane> {
    // The one that was used last, so that the connections of the others can end.
    const lane = free.pop();
    return lane === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(lane);
  }

  function giveBack(lane: Lane): void {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
  }

  async function run<Result>(work: (lane: Lane) => Promise<Result>): Promise<Result> {
    const lane = await borrow();
    try {
      return await work(lane);
    } finally {
      giveBack(lane);
    }
  }

  return {
    use(work) {
      const running = run(work).finally(() => working.delete(running));
      working.add(running);
      return running;
    },
    async drained() {
      await Promise.allSettled(working);
    },
  };
}

/** What an answer means for the whole message: these servers know one fate for all recipients. */
export interface Fate {
  readonly outcome: 'sent' | 'rejected' | 'deferred' | 'unknown';
  readonly failure: Failure | null;
  readonly reply: string | null;
  /** See `SendRecipient`. */
  readonly alike?: string;
}

export const sent = (reply: string): Fate => ({ outcome: 'sent', failure: null, reply });

export const refusedFate = (
  outcome: 'rejected' | 'deferred',
  why: Failure,
  reply: string | null = null,
): Fate => ({
  outcome,
  failure: why,
  reply,
  ...(outcome === 'rejected' && saysLittle.has(why.code) ? { alike: why.code } : {}),
});

/** Said of one mail after the other, they are about the account and not about the mails. */
const saysLittle: ReadonlySet<FailureCode> = new Set(['sender-refused', 'message-refused']);

export const unknownFate = (detail: string, result: HttpsResult): Fate => ({
  outcome: 'unknown',
  failure: withRequestId(failure('outcome-unknown', detail), result),
  reply: null,
});

/** The end of a transaction, with the fate of all its recipients. */
export function finished(
  { envelope }: Pick<SendRequest, 'envelope'>,
  fate: Fate,
  server: string,
  tls: string | null,
): SendResult {
  const { outcome, failure: why, reply, alike } = fate;
  const common = {
    outcome,
    ...(reply === null ? {} : { reply }),
    ...(why === null ? {} : { failure: why }),
    ...(alike === undefined ? {} : { alike }),
  };
  const recipients = envelope.to.map((address) => ({ address, ...common }));
  return { kind: 'finished', recipients, server, tls, reply, failure: why };
}

/** What the mail asks for and Exchange cannot do; its mailbox is always the sender of the envelope. */
export function withNotOffered(
  result: SendResult,
  { hasBounceAddress, dsn }: Pick<SendRequest, 'hasBounceAddress' | 'dsn'>,
  reports: (dsn: DsnRequest) => boolean,
): SendResult {
  const notOffered: readonly NotOffered[] = [
    ...(dsn !== undefined && !reports(dsn) ? (['dsn'] as const) : []),
    ...(hasBounceAddress === true ? (['bounce-address'] as const) : []),
  ];
  return result.kind === 'finished' && notOffered.length > 0 ? { ...result, notOffered } : result;
}

/** What no answer means: before the last byte nothing was handed over, after it nobody knows. */
export function unanswered(
  request: Pick<SendRequest, 'envelope'>,
  result: NoAnswer,
  server: string,
  isIntended: boolean,
): SendResult {
  const { step, sent: isSent, tls } = result;
  if (isSent) return finished(request, unknownFate(result.failure.code, result), server, tls);
  // Without a connection nobody has seen the request.
  const why = step === 'request' ? withRequestId(result.failure, result) : result.failure;
  if (step !== 'request' && !isIntended) return { kind: 'server-failed', server, failure: why };
  return finished(request, refusedFate('deferred', why), server, tls);
}

/** A message for a server that has no envelope and takes the recipients from the message. */
export interface AddressedMessage {
  readonly message: Buffer;
  /** Recipients of the envelope that no header field names. */
  readonly bcc: readonly string[];
}

/**
 * The message with nobody in To and Cc who is not a recipient this time: otherwise those who have it already would get
 * it again with a later part of the recipients. A field that names recipients alone stays as it is, byte by byte, unless all
 * are to be written anew.
 */
export function addressedMessage(
  bytes: Uint8Array,
  to: readonly string[],
  namesRecipientsAnew = false,
): AddressedMessage {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const recipients = new Set(to.map(addressMatchKey));
  const fields = readHeaderFields(message) ?? [];
  const visible = fields.filter(({ name }) => name === 'to' || name === 'cc');
  const named = new Set(visible.flatMap(addressesOf).map(addressMatchKey));
  const pieces: Buffer[] = [];
  let position = 0;
  for (const field of fields.filter(({ name }) => ['to', 'cc', 'bcc'].includes(name))) {
    const kept = namesRecipientsAnew ? undefined : unchanged(message, field, recipients);
    pieces.push(message.subarray(position, field.start), kept ?? rewritten(field, recipients));
    position = field.end;
  }
  pieces.push(message.subarray(position));
  return {
    message: Buffer.concat(pieces),
    bcc: to.filter((address) => !named.has(addressMatchKey(address))).map(asciiAddress),
  };
}

/** The message of a request, for those in its envelope. */
export function addressedOf({
  message,
  envelope,
  namesRecipientsAnew,
}: Pick<SendRequest, 'message' | 'envelope' | 'namesRecipientsAnew'>): AddressedMessage {
  return addressedMessage(message.bytes, envelope.to, namesRecipientsAnew);
}

/** The message with a Bcc field, which such a server takes out before it sends. */
export function withBcc({ message, bcc }: AddressedMessage): Buffer {
  if (bcc.length === 0) return message;
  return Buffer.concat([Buffer.from(`Bcc: ${bcc.join(',\r\n ')}\r\n`, 'utf8'), message]);
}

/** The field as it is, where it names recipients alone. */
function unchanged(message: Buffer, field: HeaderField, recipients: ReadonlySet<string>): Buffer | undefined {
  const addresses = field.name === 'bcc' ? [] : addressesOf(field);
  const isSame = addresses.length > 0 && addresses.every((one) => recipients.has(addressMatchKey(one)));
  return isSame ? message.subarray(field.start, field.end) : undefined;
}

function rewritten(field: HeaderField, recipients: ReadonlySet<string>): Buffer {
  const addresses = field.name === 'bcc' ? [] : addressesOf(field);
  const left = addresses.filter((address) => recipients.has(addressMatchKey(address)));
  const name = field.name === 'to' ? 'To' : 'Cc';
  return Buffer.from(
    left.length === 0 ? '' : `${name}: ${left.map(asciiAddress).join(',\r\n ')}\r\n`,
    'utf8',
  );
}

function addressesOf({ value }: HeaderField): readonly string[] {
  return addressparser(value, { flatten: true }).map(({ address }) => address);
}
