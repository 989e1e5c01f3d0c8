import { parseHeaderValue } from 'nodemailer/lib/mime-funcs';
import { failure } from '@postausgang/contracts';
import type { SendRequest, SendResult, Transport } from '@postausgang/mail';
import { type HeaderField, readHeaderFields } from '@postausgang/message';
import { endpointName } from '../describe.ts';
import { type HttpsClient, type HttpsResult, jsonOf } from '../https-client.ts';
import {
  type AddressedMessage,
  addressedOf,
  createLanes,
  type Fate,
  finished,
  refusedFate,
  throughMailbox,
  unanswered,
  withBcc,
  withNotOffered,
} from '../message.ts';
import type { BearerClient, NoToken } from '../oauth.ts';
import { filedSender, reconcile } from './look-up.ts';
import { graphFate, type GraphOptions, handOver, mailboxUrl } from './requests.ts';

/*
 * Mail by Microsoft Graph goes in one request. What is too large for that goes in several: a draft without its attachments,
 * the attachments one by one, then "send". Only that last request hands anything over. A draft that does not get there is
 * deleted, as far as that is possible.
 */

/** An attachment taken out of a message. */
interface SplitAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
}

interface SplitMessage {
  /** The message without them. */
  readonly message: Buffer;
  readonly attachments: readonly SplitAttachment[];
}

/**
 * Takes the attachments out of a `multipart/mixed` message. Null for any other one: what is signed or encrypted does not
 * survive being taken apart.
 */
function splitAttachments(message: Buffer): SplitMessage | null {
  const boundary = boundaryOf(readHeaderFields(message));
  if (boundary === undefined) return null;
  const delimiter = `\r\n--${boundary}`;
  const start = message.indexOf(delimiter);
  const kept: Buffer[] = [];
  const attachments: SplitAttachment[] = [];
  if (start === -1) return null;
  for (let position = start; ;) {
    const partStart = position + delimiter.length;
    const end = message.indexOf(delimiter, partStart);
    if (end === -1) {
      kept.push(message.subarray(position));
      break;
    }
    const attachment = attachmentOf(message.subarray(partStart + 2, end));
    if (attachment === null) kept.push(message.subarray(position, end));
    else attachments.push(attachment);
    position = end;
  }
  if (attachments.length === 0) return null;
  return { message: Buffer.concat([message.subarray(0, start), ...kept]), attachments };
}

/** Whether a message is signed or encrypted by S/MIME. */
function isSecured(message: Uint8Array): boolean {
  const type = valueOf(readHeaderFields(Buffer.from(message)), 'content-type');
  return /^(multipart\/signed|application\/(x-)?pkcs7-mime)$/i.test(parseHeaderValue(type).value);
}

function boundaryOf(fields: readonly HeaderField[] | undefined): string | undefined {
  const { value, params } = parseHeaderValue(valueOf(fields, 'content-type'));
  return value.toLowerCase() === 'multipart/mixed' ? params['boundary'] : undefined;
}

function attachmentOf(part: Buffer): SplitAttachment | null {
  const fields = readHeaderFields(part);
  const disposition = parseHeaderValue(valueOf(fields, 'content-disposition'));
  const encoding = valueOf(fields, 'content-transfer-encoding').toLowerCase();
  const head = part.indexOf('\r\n\r\n');
  if (disposition.value.toLowerCase() !== 'attachment' || encoding !== 'base64' || head === -1) return null;
  return {
    name: decoded(disposition.params['filename'] ?? 'attachment'),
    contentType: parseHeaderValue(valueOf(fields, 'content-type')).value || 'application/octet-stream',
    content: Buffer.from(part.toString('latin1', head + 4), 'base64'),
  };
}

const encodedWord = /=\?([^?*]+)(?:\*[^?]*)?\?([BQ])\?([^?]*)\?=/gi;

/** Encoded words (RFC 2047), which also stand for what was written by RFC 2231. Whatever bytes they hold, this is a text. */
function decoded(name: string): string {
  return name
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(encodedWord, (_word, charset: string, encoding: string, text: string) =>
      textOf(encoding.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : quotedBytes(text), charset),
    );
}

function quotedBytes(text: string): Buffer {
  const octets = Buffer.from(text.replaceAll('_', ' '), 'utf8').toString('latin1');
  const isHex = /=([0-9A-F]{2})/gi;
  return Buffer.from(
    octets.replaceAll(isHex, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** Bytes that are no UTF-8, and those of a charset that nobody knows, are read as the Windows of western Europe. */
function textOf(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function valueOf(fields: readonly HeaderField[] | undefined, wanted: string): string {
  return fields?.find(({ name }) => name === wanted)?.value ?? '';
}

/** Graph takes smaller ones in one request, and upload sessions for what is larger. */
const sessionFromBytes = 3 * 1024 * 1024;
/** A multiple of 320 KiB. */
const rangeBytes = 10 * 320 * 1024;

type Step = HttpsResult | NoToken;

/** Adds an attachment to the draft at `url`; the step that did not work, or null. */
async function uploadAttachment(
  graph: BearerClient,
  https: HttpsClient,
  url: string,
  attachment: SplitAttachment,
): Promise<Step | null> {
  return attachment.content.length < sessionFromBytes
    ? postAttachment(graph, url, attachment)
    : uploadInSession(graph, https, url, attachment);
}

async function postAttachment(
  graph: BearerClient,
  url: string,
  { name, contentType, content }: SplitAttachment,
): Promise<Step | null> {
  const step = await postJson(graph, `${url}/attachments`, {
    '@odata.type': '#microsoft.graph.fileAttachment',
    name,
    contentType,
    contentBytes: content.toString('base64'),
  });
  return isStatus(step, 201) ? null : step;
}

async function uploadInSession(
  graph: BearerClient,
  https: HttpsClient,
  url: string,
  { name, contentType, content }: SplitAttachment,
): Promise<Step | null> {
  const AttachmentItem = { attachmentType: 'file', name, contentType, size: content.length };
  const session = await postJson(graph, `${url}/attachments/createUploadSession`, { AttachmentItem });
  const uploadUrl = uploadUrlOf(session);
  if (uploadUrl === undefined) return session;
  for (let start = 0; start < content.length; start += rangeBytes) {
    const body = content.subarray(start, start + rangeBytes);
    const range = `bytes ${start}-${start + body.length - 1}/${content.length}`;
    // The address itself is the permission: a token would go to another server than its own.
    const step = await https.request({
      method: 'PUT',
      url: uploadUrl,
      headers: { 'content-type': 'application/octet-stream', 'content-range': range },
      body,
    });
    if (!isStatus(step, 200) && !isStatus(step, 201)) return step;
  }
  return null;
}

function postJson(graph: BearerClient, url: string, value: unknown): Promise<Step> {
  return graph.request({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(value)),
  });
}

function isStatus(step: Step, status: number): boolean {
  return step.kind === 'answer' && step.status === status;
}

function uploadUrlOf(step: Step): string | undefined {
  if (step.kind !== 'answer' || step.status !== 201) return undefined;
  const { uploadUrl } = jsonOf(step);
  return typeof uploadUrl === 'string' && uploadUrl.startsWith('https://') && URL.canParse(uploadUrl)
    ? uploadUrl
    : undefined;
}

const idForm = /^[\w=+/-]{1,1000}$/;

async function sendByDraft(
  options: GraphOptions,
  request: SendRequest,
  addressed: AddressedMessage,
): Promise<SendResult> {
  const split = splitAttachments(addressed.message);
  if (split === null) return give(options, request, tooLarge(request.message.bytes));
  const created = await createDraft(options, withBcc({ ...addressed, message: split.message }));
  const id = idOf(created);
  if (id === undefined) return give(options, request, created);
  const url = `${mailboxUrl(options.description)}/messages/${encodeURIComponent(id)}`;
  const broken = await uploadAll(options, url, split.attachments);
  const result =
    broken === null
      ? await handOver(options, request, { url: `${url}/send`, headers: {}, body: new Uint8Array() })
      : give(options, request, broken);
  if (isLeftBehind(result)) await options.graph.request({ method: 'DELETE', url });
  return result;
}

function createDraft({ description, graph }: GraphOptions, message: Buffer): Promise<Step> {
  return graph.request({
    method: 'POST',
    url: `${mailboxUrl(description)}/messages`,
    headers: { 'content-type': 'text/plain' },
    body: Buffer.from(message.toString('base64')),
  });
}

/** The step that did not work; null when all attachments are there. */
async function uploadAll(
  options: GraphOptions,
  url: string,
  attachments: readonly SplitAttachment[],
): Promise<Step | null> {
  for (const attachment of attachments) {
    const broken = await uploadAttachment(options.graph, options.https, url, attachment);
    if (broken !== null) return broken;
  }
  return null;
}

/** What a step before the hand-over means: nothing was handed over. */
function give(options: GraphOptions, request: SendRequest, step: Step | Fate): SendResult {
  const server = endpointName(options.description);
  if ('outcome' in step) return finished(request, step, server, null);
  if (step.kind === 'no-token') return { kind: 'server-failed', server, failure: step.failure };
  if (step.kind === 'no-answer') return unanswered(request, { ...step, sent: false }, server, false);
  const fate = graphFate({ ...step, sent: false }, options.nowMs());
  // A success without what it has to bring.
  const isStrange = step.status < 400;
  const strange = refusedFate('deferred', failure('not-an-exchange-server', String(step.status)));
  return finished(request, isStrange ? strange : fate, server, step.tls);
}

/** Known before anything is sent. */
function tooLarge(message: Uint8Array): Fate {
  const why = isSecured(message)
    ? failure('smime-too-large', `${message.length} bytes`)
    : failure('message-too-large', `${message.length} bytes, and no attachment to send apart`);
  return refusedFate('rejected', why);
}

/** What is unknown may be on its way, and a sent one is no draft any more. */
function isLeftBehind(result: SendResult): boolean {
  return (
    result.kind === 'server-failed' ||
    result.recipients.every(({ outcome }) => outcome === 'rejected' || outcome === 'deferred')
  );
}

function idOf(step: Step): string | undefined {
  if (step.kind !== 'answer' || step.status !== 201) return undefined;
  const { id } = jsonOf(step);
  return typeof id === 'string' && idForm.test(id) ? id : undefined;
}

const maxRequestBytes = 4_000_000;

/** Mail by Microsoft Graph: the message as it is, its recipients from its header fields. */
export function createGraphTransport(options: GraphOptions): Transport {
  const { capacity } = options;
  const lanes = createLanes(Array.from({ length: capacity }, (_lane, index) => index));
  return {
    capacity,
    // A message in MIME has no place for the delivery receipt of Graph.
    send: async (request) =>
      withNotOffered(
        await lanes.use(() => send(throughMailbox(options, request), request)),
        request,
        () => false,
      ),
    reconcile: (lookup) => lanes.use(() => reconcile(throughMailbox(options, lookup), lookup)),
    filedSender: (lookup) => lanes.use(() => filedSender(throughMailbox(options, lookup), lookup)),
    async close() {
      await lanes.drained();
      await options.close();
    },
  };
}

async function send(options: GraphOptions, request: SendRequest): Promise<SendResult> {
  const addressed = addressedOf(request);
  const body = Buffer.from(withBcc(addressed).toString('base64'));
  if (body.length > (options.maxRequestBytes ?? maxRequestBytes)) {
    return sendByDraft(options, request, addressed);
  }
  return handOver(options, request, {
    url: `${mailboxUrl(options.description)}/sendMail`,
    headers: { 'content-type': 'text/plain' },
    body,
  });
}
