import { readHeaderFields } from '@postausgang/message';
import type { OuterField } from './split-message.ts';

/** What a reader sees of a message without opening its content. */
const protectedNames = [
  'from',
  'sender',
  'to',
  'cc',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
];

/** `clear`: the content is signed, so the copies are; `cipher`: it is encrypted as well. */
export type HeaderProtection = 'clear' | 'cipher';

/**
 * The fields of the content with copies of the header fields that matter, so that a signature covers them too (RFC 9788
 * §2, the successor of RFC 8551 §3.1). Readers that know nothing of it ignore them: RFC 2045 gives fields other than
 * `Content-…` no meaning in a part. The message stays as it is outside, its subject included.
 */
export function protectHeaders(
  contentFields: Buffer,
  outerFields: readonly OuterField[],
  protection: HeaderProtection,
): Buffer {
  const copies = outerFields.filter(({ name }) => protectedNames.includes(name)).map(({ bytes }) => bytes);
  const asSeen = protection === 'cipher' ? copies.map(hpOuter) : [];
  return Buffer.concat([...copies, ...asSeen, withParameter(contentFields, protection)]);
}

/** Says what stands outside where the content is encrypted (RFC 9788 §2.2). */
function hpOuter(field: Buffer): Buffer {
  return Buffer.concat([Buffer.from('HP-Outer: ', 'latin1'), field]);
}

function withParameter(contentFields: Buffer, protection: HeaderProtection): Buffer {
  const type = readHeaderFields(contentFields)?.find(({ name }) => name === 'content-type');
  if (type === undefined) return contentFields;
  return Buffer.concat([
    contentFields.subarray(0, type.end - 2),
    Buffer.from(`;\r\n hp="${protection}"\r\n`, 'latin1'),
    contentFields.subarray(type.end),
  ]);
}
