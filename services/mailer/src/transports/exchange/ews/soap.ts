import { XMLParser } from 'fast-xml-parser';
import { untrustedText } from '@postausgang/net';

/** What the server says of one operation. */
export interface SoapAnswer {
  readonly isSuccess: boolean;
  /** `NoError`, or why not: https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode */
  readonly code: string;
  readonly text: string;
  /** The pause it asks for. */
  readonly backOffMs: number | null;
}

export type Node = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  processEntities: true,
});

/** Of each of these an answer has a few dozen. */
const maxMarkup = 2000;
const maxDepth = 64;

const lessThan = 0x3c;
const slash = 0x2f;
const greaterThan = 0x3e;
const letter = /[A-Za-z_:]/;
const counted = new Set(['<', '=', '&'].map((mark) => mark.charCodeAt(0)));

/**
 * Whether XML is too much work to be parsed: a megabyte can be hundreds of thousands of elements, attributes or entities,
 * each within the other. One pass over the bytes tells; it does not judge whether they are XML.
 */
function isTooMuch(xml: Buffer): boolean {
  let depth = 0;
  let markup = 0;
  for (let at = 0; at < xml.length; at += 1) {
    const byte = xml[at] ?? 0;
    if (!counted.has(byte)) {
      if (byte === slash && xml[at + 1] === greaterThan) depth -= 1;
      continue;
    }
    markup += 1;
    if (byte === lessThan && xml[at + 1] === slash) depth -= 1;
    else if (byte === lessThan && letter.test(String.fromCharCode(xml[at + 1] ?? 0))) depth += 1;
    if (markup > maxMarkup || depth > maxDepth) return true;
  }
  return false;
}

/** The body of an answer; null when it is none, or more than any answer is. */
function readBody(body: Buffer): Node | null {
  if (isTooMuch(body)) return null;
  const text = body.toString('utf8');
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return null;
  try {
    return child(child(parser.parse(text), 'Envelope'), 'Body') ?? null;
  } catch {
    return null;
  }
}

/**
 * Reads an answer, a fault too; null when it is none, or more than any answer is. A document type is none: there is no
 * need for entities, and those of others are how a small answer becomes a large one.
 */
export function readSoapAnswer(body: Buffer): SoapAnswer | null {
  const soap = readBody(body);
  if (soap === null) return null;
  const fault = child(soap, 'Fault');
  return fault === undefined ? responseOf(soap) : faultOf(fault);
}

/** What an operation that succeeded has answered; undefined for anything else. */
export function successOf(body: Buffer): Node | undefined {
  const message = messageOf(readBody(body) ?? undefined);
  return textOf(message, 'ResponseCode') === 'NoError' ? message : undefined;
}

function messageOf(soap: Node | undefined): Node | undefined {
  const [response] = Object.entries(soap ?? {}).filter(([name]) => name.endsWith('Response'));
  const messages = child(asNode(response?.[1]), 'ResponseMessages');
  return Object.values(messages ?? {}).map(firstNode)[0];
}

function responseOf(soap: Node | undefined): SoapAnswer | null {
  const message = messageOf(soap);
  const code = textOf(message, 'ResponseCode');
  if (message === undefined || code === '') return null;
  return {
    isSuccess: message['@ResponseClass'] !== 'Error' && code === 'NoError',
    code,
    text: untrustedText(`${code} ${textOf(message, 'MessageText')}`),
    backOffMs: backOffIn(child(message, 'MessageXml')),
  };
}

function faultOf(fault: Node): SoapAnswer {
  const detail = child(fault, 'detail');
  const code = textOf(detail, 'ResponseCode') || textOf(fault, 'faultcode').replace(/^.*:/, '');
  const said = textOf(detail, 'Message') || textOf(fault, 'faultstring');
  const backOffMs = backOffIn(child(detail, 'MessageXml'));
  return { isSuccess: false, code, text: untrustedText(`${code} ${said}`), backOffMs };
}

function backOffIn(messageXml: Node | undefined): number | null {
  const values = [messageXml?.['Value']].flat().map(asNode);
  const value = values.find((one) => one?.['@Name'] === 'BackOffMilliseconds');
  const milliseconds = Number(value?.['#text'] ?? NaN);
  return Number.isFinite(milliseconds) && milliseconds >= 0 ? milliseconds : null;
}

export function child(node: Node | undefined, name: string): Node | undefined {
  return asNode(node?.[name]);
}

export function textOf(node: Node | undefined, name: string): string {
  const value = node?.[name];
  const text = typeof value === 'object' ? asNode(value)?.['#text'] : value;
  return typeof text === 'string' ? text : '';
}

export const firstNode = (value: unknown): Node | undefined =>
  asNode(Array.isArray(value) ? value[0] : value);

export function asNode(value: unknown): Node | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : undefined;
}

/** What a request says beside its operation. */
export interface SoapFrame {
  /** The mailbox to act as; null: the account's own. */
  readonly impersonate: string | null;
}

interface CreateMessage extends SoapFrame {
  readonly message: Uint8Array;
  /** Recipients that the message does not name. */
  readonly bcc: readonly string[];
  readonly savesCopy: boolean;
  /** Asks for a report of delivery. */
  readonly wantsReceipt: boolean;
}

/** The oldest version that is still maintained anywhere; every newer server takes it. */
const serverVersion = 'Exchange2013';

const namespaces =
  'xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" ' +
  'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" ' +
  'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"';

/** Sends a message as it is: its header fields and content count, `bcc` adds the recipients nobody may see. */
export function createItemRequest(wanted: CreateMessage): string {
  const { message, bcc, savesCopy, wantsReceipt, ...frame } = wanted;
  const content = Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('base64');
  const mailboxes = bcc.map(
    (address) => `<t:Mailbox><t:EmailAddress>${escape(address)}</t:EmailAddress></t:Mailbox>`,
  );
  const hidden = bcc.length === 0 ? '' : `<t:BccRecipients>${mailboxes.join('')}</t:BccRecipients>`;
  const receipt = wantsReceipt ? '<t:IsDeliveryReceiptRequested>true</t:IsDeliveryReceiptRequested>' : '';
  const folder = savesCopy
    ? '<m:SavedItemFolderId><t:DistinguishedFolderId Id="sentitems"/></m:SavedItemFolderId>'
    : '';
  const disposition = savesCopy ? 'SendAndSaveCopy' : 'SendOnly';
  return envelope(
    frame,
    `<m:CreateItem MessageDisposition="${disposition}">${folder}<m:Items><t:Message>` +
      `<t:MimeContent CharacterSet="UTF-8">${content}</t:MimeContent>${hidden}${receipt}` +
      '</t:Message></m:Items></m:CreateItem>',
  );
}

/** Asks for the inbox: whoever may not open the mailbox may not send through it. */
export function getFolderRequest(frame: SoapFrame): string {
  return envelope(
    frame,
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
      '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
  );
}

/** A request with what it says beside its operation. */
export function envelope({ impersonate }: SoapFrame, body: string): string {
  const impersonation =
    impersonate === null
      ? ''
      : '<t:ExchangeImpersonation><t:ConnectingSID>' +
        `<t:PrimarySmtpAddress>${escape(impersonate)}</t:PrimarySmtpAddress>` +
        '</t:ConnectingSID></t:ExchangeImpersonation>';
  return (
    `<?xml version="1.0" encoding="utf-8"?><soap:Envelope ${namespaces}><soap:Header>` +
    `<t:RequestServerVersion Version="${serverVersion}"/>${impersonation}` +
    `</soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`
  );
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

export function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
