/*
 * Header fields, each folded, as nodemailer writes them: a mail that is sent again has to be the same, byte by byte.
 *
 * Whatever needs quoting, an encoded word (RFC 2047), a continuation (RFC 2231) or a domain in ASCII is left to
 * nodemailer's MimeNode. Most fields of most mails need none of that, and a node takes several times as long for them as
 * for the rest of the message: those are written here. The tests compare both ways, for every kind of field and in every
 * version of nodemailer.
 */
import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';

interface NamedAddress {
  /** Empty where there is none. */
  readonly name: string;
  readonly address: string;
}

/** What has a grammar: folded, but never encoded. */
interface PreparedValue {
  readonly value: string;
  readonly prepared: true;
  readonly foldLines: true;
}

export interface MessageHeader {
  readonly name: string;
  readonly value: string | Date | readonly NamedAddress[] | PreparedValue;
}

/** What the header fields of a part say. */
export interface PartHeader {
  readonly contentType: string;
  readonly transferEncoding: string;
  readonly disposition?: 'attachment' | 'inline' | undefined;
  readonly filename?: string | undefined;
  readonly contentId?: string | undefined;
}

/** Longest line, as far as there is white space to fold at; so much RFC 5322 §2.1.1 recommends. */
const lineChars = 76;

const atom = '[A-Za-z0-9_+-]+';
const label = '[a-z0-9]+(?:-[a-z0-9]+)*';
/** A dot-atom at a host name in lower case that is neither encoded (`xn--`) nor a number. */
const plainAddress = new RegExp(`^${atom}(?:\\.${atom})*@(?:${label}\\.)*[a-z]+$`);
const plainName = /^[\w ]*$/;
const plainText = /^[ !#-~]*$/;
const plainId = /^<[!-;=?-~]+>$/;
const idFields = /^(?:message-id|in-reply-to|references)$/i;
const idList = /^<[!-;=?-~]+>(?: +<[!-;=?-~]+>)*$/;
const plainType = /^[a-z]+\/[a-z0-9.+-]+$/;
const plainFilename = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,60}$/;
/** Free text in any language, by our own checks or by the form of its name. */
const freeText = /^(?:subject|x-.*)$/i;

/** A field of the whole message; empty where it says nothing, which is then left out. */
export function messageField({ name, value }: MessageHeader): string {
  if (typeof value === 'string' && idFields.test(name) && idList.test(value)) return idsField(name, value);
  const lookalike = lookalikeField(name, value);
  if (lookalike !== undefined) return lookalike;
  const plain = plainValue(name, value);
  if (plain === undefined) {
    return fieldsByNodemailer(false, undefined, [{ name, value }]).join('\r\n');
  }
  return plain.trim() === '' ? '' : folded(`${name}: ${plain}`);
}

/** As Microsoft's servers and some archives read it: the first id stands on the line of the name. */
function idsField(name: string, value: string): string {
  const lines: string[] = [];
  let line = `${name}:`;
  for (const id of value.split(/ +/)) {
    if (line.length > name.length + 1 && line.length + 1 + id.length > lineChars) {
      lines.push(line);
      line = '';
    }
    line += ` ${id}`;
  }
  return [...lines, line].join('\r\n');
}

const looksEncoded = /=\?/;

/**
 * Text that looks like an encoded word (RFC 2047) would be read as what it seems to say, so it is encoded as a whole. In an
 * address that is its name. Undefined where nothing looks so.
 */
function lookalikeField(name: string, value: MessageHeader['value']): string | undefined {
  if (typeof value === 'string') {
    return looksEncoded.test(value) ? folded(`${name}: ${encodeWord(value, 'B', encodedChars)}`) : undefined;
  }
  if (!isAddresses(value) || !value.some((one) => looksEncoded.test(one.name))) return undefined;
  const written = value.map((one) =>
    looksEncoded.test(one.name)
      ? `${encodeWord(one.name, 'B', encodedChars)} ${writtenAddress('', one.address)}`
      : writtenAddress(one.name, one.address),
  );
  return folded(`${name}: ${written.join(', ')}`);
}

const encodedChars = 52;

/** One address as a field has it; with no name, in angle brackets. */
export function writtenAddress(name: string, address: string): string {
  const [field = ''] = fieldsByNodemailer(false, undefined, [{ name: 'To', value: [{ name, address }] }]);
  const written = field.replace(/^To:\s*/, '').replaceAll(/\r\n(?=[\t ])/g, '');
  return name === '' && !written.startsWith('<') ? `<${written}>` : written;
}

/** The value as it is written; undefined where that is not known here. */
function plainValue(name: string, value: MessageHeader['value']): string | undefined {
  if (value instanceof Date) {
    return value.toUTCString().replace('GMT', '+0000');
  }
  if (typeof value === 'string') {
    const isPlain = name === 'Message-ID' ? plainId.test(value) : freeText.test(name) && isPlainText(value);
    return isPlain ? value : undefined;
  }
  return 'prepared' in value ? undefined : plainAddresses(value);
}

function isPlainText(value: string): boolean {
  return plainText.test(value) && !value.includes('=?');
}

function plainAddresses(addresses: readonly NamedAddress[]): string | undefined {
  const isPlain = addresses.every(({ name, address }) => plainName.test(name) && plainAddress.test(address));
  if (!isPlain) {
    return undefined;
  }
  return addresses.map(({ name, address }) => (name === '' ? address : `${name} <${address}>`)).join(', ');
}

/** The field that says what a part is, and its others in their order. */
export function partFields(part: PartHeader): { readonly type: string; readonly others: readonly string[] } {
  const { contentId, transferEncoding } = part;
  const { type, disposition } = typeAndDisposition(part);
  const others = [
    contentId === undefined ? '' : messageIdField('Content-ID', `<${contentId}>`),
    `Content-Transfer-Encoding: ${transferEncoding}`,
    disposition,
  ];
  return { type, others: others.filter((field) => field !== '') };
}

function messageIdField(name: string, value: string): string {
  return plainId.test(value)
    ? folded(`${name}: ${value}`)
    : fieldsByNodemailer(false, undefined, [{ name, value }]).join('\r\n');
}

function typeAndDisposition({ contentType, filename, disposition }: PartHeader) {
  if (filename === undefined || disposition === undefined) {
    return { type: folded(`Content-Type: ${contentType}`), disposition: '' };
  }
  if (plainType.test(contentType) && plainFilename.test(filename)) {
    return {
      type: folded(`Content-Type: ${contentType}; name=${filename}`),
      disposition: folded(`Content-Disposition: ${disposition}; filename=${filename}`),
    };
  }
  const name = 'Content-Disposition';
  const [type = '', ...rest] = fieldsByNodemailer(contentType, filename, [{ name, value: disposition }]);
  return { type, disposition: rest.join('\r\n') };
}

/** The field of a part that holds parts. Its type is one of our own. */
export function multipartType(contentType: string, boundary: string): string {
  return folded(`Content-Type: ${contentType}; boundary="${boundary}"`);
}

/** A field in lines of 76 characters, as far as there is white space to fold at. */
export function folded(field: string): string {
  return field.length < lineChars ? field : foldLines(field, lineChars);
}

function isAddresses(value: MessageHeader['value']): value is readonly NamedAddress[] {
  return Array.isArray(value);
}

/** What the nodes below are parts of: a node that is a part adds no fields of its own. */
const whole = new MimeNode(false, { baseBoundary: 'none' });

/** The node never gets content: what it would read from a path or an address cannot come into being. */
function fieldsByNodemailer(
  contentType: string | false,
  filename: string | undefined,
  headers: readonly MessageHeader[],
): readonly string[] {
  const givenNames = new Map(headers.map(({ name }) => [name.toLowerCase(), name]));
  const node = new MimeNode(contentType, {
    rootNode: whole,
    baseBoundary: whole.baseBoundary,
    normalizeHeaderKey: (key) => givenNames.get(key.toLowerCase()) ?? key,
    filename,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  for (const { name, value } of headers) {
    node.setHeader(name, isAddresses(value) ? [...value] : value);
  }
  // A line that continues a field begins with white space.
  return node.buildHeaders().split(/\r\n(?=\S)/);
}
