import addressparser from 'nodemailer/lib/addressparser';
import { type HeaderField, readHeaderFields } from '@postausgang/message';

/** A message for a server that has no envelope and takes the recipients from the message. */
export interface AddressedMessage {
  readonly message: Buffer;
  /** Recipients of the envelope that no header field names. */
  readonly bcc: readonly string[];
}

/**
 * The message with nobody in To and Cc who is not a recipient this time: otherwise those who have it already would get
 * it again with a later part of the recipients. A field that names recipients alone stays as it is, byte by byte.
 */
export function addressedMessage(bytes: Uint8Array, to: readonly string[]): AddressedMessage {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const recipients = new Set(to.map(comparable));
  const fields = readHeaderFields(message) ?? [];
  const visible = fields.filter(({ name }) => name === 'to' || name === 'cc');
  const named = new Set(visible.flatMap(addressesOf).map(comparable));
  const pieces: Buffer[] = [];
  let position = 0;
  for (const field of fields.filter(({ name }) => ['to', 'cc', 'bcc'].includes(name))) {
    pieces.push(message.subarray(position, field.start), rewritten(message, field, recipients));
    position = field.end;
  }
  pieces.push(message.subarray(position));
  return { message: Buffer.concat(pieces), bcc: to.filter((address) => !named.has(comparable(address))) };
}

/** The message with a Bcc field, which such a server takes out before it sends. */
export function withBcc({ message, bcc }: AddressedMessage): Buffer {
  if (bcc.length === 0) return message;
  return Buffer.concat([Buffer.from(`Bcc: ${bcc.join(',\r\n ')}\r\n`, 'utf8'), message]);
}

function rewritten(message: Buffer, field: HeaderField, recipients: ReadonlySet<string>): Buffer {
  const addresses = field.name === 'bcc' ? [] : addressesOf(field);
  const left = addresses.filter((address) => recipients.has(comparable(address)));
  if (left.length === addresses.length && left.length > 0) return message.subarray(field.start, field.end);
  const name = field.name === 'to' ? 'To' : 'Cc';
  return Buffer.from(left.length === 0 ? '' : `${name}: ${left.join(',\r\n ')}\r\n`, 'utf8');
}

function addressesOf({ value }: HeaderField): readonly string[] {
  return addressparser(value, { flatten: true }).map(({ address }) => address);
}

const comparable = (address: string): string => address.toLowerCase();
