import {
  type Address,
  type Attachment,
  type Finding,
  finding,
  type MailRequest,
} from '@postausgang/contracts';
import { isValidAddress, parseInstant } from '@postausgang/settings';
import { base64BytesOf } from './attachments.ts';
import { checkCalendar } from './calendar.ts';
import { isCanonicalBase64, withoutLineBreaks } from './encodings.ts';
import { isTooMuchHtml } from './text-from-html.ts';

/**
 * How the value of a header is written: `text` is free text in any language (RFC 5322 §3.6.5), `structured` has a
 * grammar in US-ASCII that an encoded word would break, `message-ids` is a list of msg-id (§3.6.4).
 */
type HeaderKind = 'text' | 'structured' | 'message-ids';

const namedHeaders: ReadonlyMap<string, HeaderKind> = new Map([
  ['in-reply-to', 'message-ids'],
  ['references', 'message-ids'],
  ['importance', 'structured'],
  ['priority', 'structured'],
  ['sensitivity', 'structured'],
  ['auto-submitted', 'structured'],
  ['precedence', 'structured'],
  ['list-unsubscribe', 'structured'],
  ['list-unsubscribe-post', 'structured'],
  ['list-id', 'structured'],
  ['feedback-id', 'structured'],
  ['list-help', 'structured'],
  ['content-language', 'structured'],
  ['organization', 'text'],
  ['thread-topic', 'text'],
  ['keywords', 'text'],
]);

const extension = /^x-[a-z0-9!#$%&'*+.^_`|~-]+$/;
const ours = 'x-postausgang-';

/** What kind of header this is, or undefined when a request may not set it. */
export function headerKind(name: string): HeaderKind | undefined {
  const lower = name.toLowerCase();
  if (extension.test(lower)) {
    return lower.startsWith(ours) ? undefined : 'text';
  }
  return namedHeaders.get(lower);
}

const printableAscii = /^[\x20-\x7e]*$/;
const messageIds = /^<[!-;=?-~]+>(?: *<[!-;=?-~]+>)*$/;

/** Whether the value fits the grammar of its kind as far as a mail server cares. */
function fitsHeaderKind(kind: HeaderKind, value: string): boolean {
  switch (kind) {
    case 'text':
      return true;
    case 'structured':
      return printableAscii.test(value);
    case 'message-ids':
      return messageIds.test(value);
  }
}

const token = "[A-Za-z0-9!#$%&'*+.^_`{|}~-]+";
const quoted = '"[^"\\\\]*"';
const form = new RegExp(`^(${token})/${token}((?: *; *${token}=(?:${token}|${quoted}))*)$`);
const parameterNames = new RegExp(`; *(${token})=(?:${token}|${quoted})`, 'g');

/** Parts of these types hold parts or messages, which must not be encoded (RFC 2045 §6.4). */
const nestedTypes = new Set(['message', 'multipart']);

/** A whole message, such as an .eml file; it is written as it is where it is 7-bit clean. */
export const messageType = /^message\/rfc822$/i;

/**
 * Whether an attachment may have this media type: RFC 2045 §5.1 with parameters, nothing that nests but a whole message.
 */
export function isAttachmentType(text: string): boolean {
  const [, type = '', parameters = ''] = form.exec(text) ?? [];
  if (messageType.test(text)) return true;
  return type !== '' && !nestedTypes.has(type.toLowerCase()) && !hasParameter(parameters, 'boundary');
}

/** The media type without the name of the file, which is a field of its own. */
export function withoutName(contentType: string): string {
  const [, , parameters = ''] = form.exec(contentType) ?? [];
  if (!hasParameter(parameters, 'name')) return contentType;
  return contentType.replaceAll(parameterNames, (parameter, name: string) =>
    nameOf(name) === 'name' ? '' : parameter,
  );
}

function hasParameter(parameters: string, wanted: string): boolean {
  return [...parameters.matchAll(parameterNames)].some(([, name = '']) => nameOf(name) === wanted);
}

/** Without the number of a continuation (RFC 2231 §3). */
const nameOf = (name: string): string => name.split('*', 1)[0]?.toLowerCase() ?? '';

/** What may stand between the angle brackets of a Content-ID without quoting (RFC 5322 §3.6.4, RFC 2392). */
const contentIdForm = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]+$/;

/** What is wrong with the attachments of a request. */
function checkAttachments(attachments: readonly Attachment[]): Finding[] {
  const contentIds = new Set<string>();
  return attachments.flatMap((attachment, index) => {
    const { contentType, contentId } = attachment;
    const pointer = `/attachments/${index}`;
    const isRepeated = contentId !== undefined && contentIds.has(contentId);
    if (contentId !== undefined) {
      contentIds.add(contentId);
    }
    return [
      ...(isAttachmentType(contentType) ? [] : [finding(`${pointer}/contentType`, 'content-type-invalid')]),
      ...(isEncoded(attachment) ? [] : [finding(`${pointer}/content`, 'base64-invalid')]),
      ...(contentId === undefined || contentIdForm.test(contentId)
        ? []
        : [finding(`${pointer}/contentId`, 'wrong-format')]),
      ...(isRepeated ? [finding(`${pointer}/contentId`, 'duplicate-entry')] : []),
    ];
  });
}

function isEncoded(attachment: Attachment): boolean {
  return base64BytesOf(attachment) !== undefined || isCanonicalBase64(withoutLineBreaks(attachment.content));
}

/** A long thread has many ids; `References` is trimmed when it is written. */
const maxHeaderChars = 900;

/** What is wrong with the headers a request sets: names off the allow-list, broken values, a name set twice. */
function checkHeaders(headers: Readonly<Record<string, string>>): Finding[] {
  const seen = new Set<string>();
  return Object.entries(headers).flatMap(([name, value]) => {
    const pointer = `/headers/${escapePointer(name)}`;
    const kind = headerKind(name);
    const isRepeated = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    if (kind === undefined) {
      return [finding(pointer, 'header-not-allowed')];
    }
    return [
      ...(isRepeated ? [finding(pointer, 'duplicate-entry')] : []),
      ...(fitsHeaderKind(kind, value) ? [] : [finding(pointer, 'wrong-format')]),
      ...(kind === 'message-ids' || value.length <= maxHeaderChars ? [] : [finding(pointer, 'too-long')]),
    ];
  });
}

/** RFC 6901 §3. */
function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What every request may say beside the message itself. */
export type Handling = Pick<
  MailRequest,
  | 'businessReference'
  | 'metadata'
  | 'sendAt'
  | 'notAfter'
  | 'orderingKey'
  | 'priority'
  | 'onUnknown'
  | 'requestDsn'
>;

/** What the times of a request are compared with. */
interface RequestContext {
  /** The time of the check, in milliseconds since 1970. */
  readonly nowMs: number;
  /** How long the log keeps a request, less what sending takes; without it, for ever. */
  readonly longestWaitMs?: number | undefined;
}

/**
 * What is wrong with the times of a request: days that do not exist, an end that has passed or precedes the start, times
 * the log does not keep the request for.
 */
export function checkHandling(handling: Handling, context: RequestContext): Finding[] {
  const { sendAt, notAfter, requestDsn } = handling;
  const { nowMs, longestWaitMs = Number.POSITIVE_INFINITY } = context;
  const sendAtMs = parseNullable(sendAt);
  const notAfterMs = parseNullable(notAfter);
  const tooFar = (timeMs: number | null): boolean => timeMs !== null && timeMs > nowMs + longestWaitMs;
  return [
    ...(Number.isNaN(sendAtMs) ? [finding('/sendAt', 'date-invalid')] : []),
    ...(tooFar(sendAtMs) ? [finding('/sendAt', 'date-too-far')] : []),
    ...(Number.isNaN(notAfterMs) ? [finding('/notAfter', 'date-invalid')] : []),
    ...(tooFar(notAfterMs) ? [finding('/notAfter', 'date-too-far')] : []),
    ...endFindings(sendAtMs, notAfterMs, nowMs),
    ...(isContradictory(requestDsn) ? [finding('/requestDsn/notify', 'wrong-format')] : []),
  ];
}

/** RFC 3461 §4.1: NEVER stands alone. */
const isContradictory = (requestDsn: Handling['requestDsn']): boolean =>
  (requestDsn?.notify.includes('never') ?? false) && requestDsn?.notify.length !== 1;

function endFindings(sendAtMs: number | null, notAfterMs: number | null, nowMs: number): Finding[] {
  if (notAfterMs === null) {
    return [];
  }
  if (notAfterMs <= nowMs) {
    return [finding('/notAfter', 'date-in-the-past')];
  }
  return sendAtMs !== null && notAfterMs <= sendAtMs ? [finding('/notAfter', 'before-send-at')] : [];
}

/** NaN when there is a text that is no instant. */
function parseNullable(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : (parseInstant(text) ?? Number.NaN);
}

/** Recipients over To, Cc and Bcc together. */
export const maxRecipients = 1000;

/** Characters of text and HTML together. They are parsed, encoded and searched; what is larger is an attachment. */
const maxTextChars = 8 * 1024 * 1024;

function checkTexts({ text, html, textFromHtml }: MailRequest): Finding[] {
  const isMade = textFromHtml === true && (text ?? '') === '';
  if (isMade && isTooMuchHtml(html ?? '')) {
    return [finding('/html', 'html-too-complex')];
  }
  const textChars = text?.length ?? 0;
  const htmlChars = html?.length ?? 0;
  if (textChars + htmlChars <= maxTextChars) {
    return [];
  }
  return [finding(htmlChars > textChars ? '/html' : '/text', 'too-long')];
}

/**
 * Everything that is wrong with a mail request whose form the schema has already accepted. Whether a sender is known
 * is `senderFinding`'s business, since it depends on the settings.
 */
export function checkMailRequest(request: MailRequest, context: RequestContext): Finding[] {
  const { from, to = [], cc = [], bcc = [], replyTo = [], headers = {}, attachments = [] } = request;
  return [
    ...checkRecipientCount(to.length + cc.length + bcc.length),
    ...(from === null || from === undefined || isValidAddress(from.address)
      ? []
      : [finding('/from/address', 'address-invalid')]),
    ...checkAddresses('/to', to),
    ...checkAddresses('/cc', cc),
    ...checkAddresses('/bcc', bcc),
    ...checkAddresses('/replyTo', replyTo),
    ...checkTexts(request),
    ...(request.calendar ? checkCalendar(request.calendar) : []),
    ...checkAnswerAddresses(request),
    ...checkHeaders(headers),
    ...checkAttachments(attachments),
    ...checkHandling(request, context),
  ];
}

/** The addresses that answers of machines go to. */
function checkAnswerAddresses({ requestReceipt, bounceAddress }: MailRequest): Finding[] {
  return Object.entries({ requestReceipt, bounceAddress }).flatMap(([name, address]) =>
    typeof address !== 'string' || isValidAddress(address) ? [] : [finding(`/${name}`, 'address-invalid')],
  );
}

function checkRecipientCount(count: number): Finding[] {
  if (count === 0) {
    return [finding('/to', 'recipient-required')];
  }
  return count > maxRecipients ? [finding('/to', 'too-many')] : [];
}

function checkAddresses(pointer: string, addresses: readonly Address[]): Finding[] {
  return addresses.flatMap(({ address }, index) =>
    isValidAddress(address) ? [] : [finding(`${pointer}/${index}/address`, 'address-invalid')],
  );
}

/** The finding of a request that names no sender while the settings have no sender address either. */
export function senderFinding(
  request: Pick<MailRequest, 'from'>,
  defaultSender: Address | null,
): Finding | undefined {
  const isKnown = (request.from ?? defaultSender) !== null;
  return isKnown ? undefined : finding('/from', 'sender-address-required');
}
