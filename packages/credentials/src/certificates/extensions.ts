/*
 * What a certificate says beside what node:crypto tells of it: its key usages (node's `keyUsage` are the extended ones) and
 * its names.
 *
 * Authorities write odd things, and files get damaged. Each extension, and each name in it, is read for itself; what cannot
 * be read counts as absent. Only a usage that cannot be read allows nothing.
 */
import type { X509Certificate } from 'node:crypto';
import { type Element, elementsOf, firstElement, objectIdentifier } from './ber.ts';

const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'crlSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export type KeyUsage = (typeof keyUsages)[number];

export interface CertificateExtensions {
  /** Null: not restricted. */
  readonly keyUsage: readonly KeyUsage[] | null;
  /** Object identifiers; null: not restricted. */
  readonly extendedKeyUsage: readonly string[] | null;
  /** From subjectAltName (rfc822Name, SmtpUTF8Mailbox) first, then from the subject (emailAddress). */
  readonly addresses: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Object identifiers of what the mail program of the owner can read, the preferred one first (RFC 4262). */
  readonly smimeCapabilities: readonly string[];
}

const ids = {
  subjectAltName: '2.5.29.17',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  emailAddress: '1.2.840.113549.1.9.1',
  smimeCapabilities: '1.2.840.113549.1.9.15',
  /** RFC 9598 */
  smtpUtf8Mailbox: '1.3.6.1.5.5.7.8.9',
} as const;

const tags = {
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  version: 0xa0,
  extensions: 0xa3,
  otherName: 0xa0,
  rfc822Name: 0x81,
  dnsName: 0x82,
  ipAddress: 0x87,
} as const;

export function readExtensions({ raw }: Pick<X509Certificate, 'raw'>): CertificateExtensions {
  const [certified] = elementsOf(firstElement(raw)?.content ?? Buffer.alloc(0));
  const fields = elementsOf(certified?.content ?? Buffer.alloc(0)).filter(({ tag }) => tag !== tags.version);
  const extensions = extensionsOf(fields.find(({ tag }) => tag === tags.extensions));
  const names = namesOf(extensions.get(ids.subjectAltName));
  const inSubject = addressesOfSubject(fields[4]);
  return {
    keyUsage: readKeyUsage(extensions.get(ids.keyUsage)),
    extendedKeyUsage: readExtendedKeyUsage(extensions.get(ids.extendedKeyUsage)),
    addresses: [...new Set([...names.addresses, ...inSubject])],
    dnsNames: names.dnsNames,
    ipAddresses: names.ipAddresses,
    smimeCapabilities: readCapabilities(extensions.get(ids.smimeCapabilities)),
  };
}

/** The values of the extensions by their identifiers. */
function extensionsOf(field: Element | undefined): ReadonlyMap<string, Buffer> {
  const list = elementsOf(field?.content ?? Buffer.alloc(0))[0];
  const values = new Map<string, Buffer>();
  for (const { content } of elementsOf(list?.content ?? Buffer.alloc(0))) {
    const parts = elementsOf(content);
    const id = parts[0]?.tag === tags.objectIdentifier ? objectIdentifier(parts[0].content) : undefined;
    const value = parts.find(({ tag }) => tag === tags.octetString);
    if (id !== undefined && value !== undefined && !values.has(id)) values.set(id, value.content);
  }
  return values;
}

function readKeyUsage(value: Buffer | undefined): readonly KeyUsage[] | null {
  if (value === undefined) return null;
  const bits = firstElement(value);
  if (bits?.tag !== tags.bitString) return [];
  return keyUsages.filter((_, index) => {
    const byte = bits.content[1 + (index >> 3)] ?? 0;
    return (byte & (0x80 >> (index & 7))) !== 0;
  });
}

function readExtendedKeyUsage(value: Buffer | undefined): readonly string[] | null {
  if (value === undefined) return null;
  return elementsOf(firstElement(value)?.content ?? Buffer.alloc(0))
    .filter(({ tag }) => tag === tags.objectIdentifier)
    .map(({ content }) => objectIdentifier(content));
}

/** Parameters of a capability (RFC 8551 §2.5.2), such as the size of a key, belong to algorithms that are not ours. */
function readCapabilities(value: Buffer | undefined): readonly string[] {
  return elementsOf((value === undefined ? undefined : firstElement(value))?.content ?? Buffer.alloc(0))
    .filter(({ tag }) => tag === tags.sequence)
    .flatMap(({ content }) => firstElement(content) ?? [])
    .filter(({ tag }) => tag === tags.objectIdentifier)
    .map(({ content }) => objectIdentifier(content));
}

interface Names {
  readonly addresses: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

function namesOf(value: Buffer | undefined): Names {
  const names = elementsOf(value === undefined ? Buffer.alloc(0) : (firstElement(value)?.content ?? value));
  const texts = (wanted: number): string[] =>
    names.flatMap(({ tag, content }) => (tag === wanted ? textOf(content) : []));
  return {
    addresses: [...texts(tags.rfc822Name), ...names.flatMap(utf8Mailbox)].filter((one) => one.includes('@')),
    dnsNames: texts(tags.dnsName),
    ipAddresses: names.flatMap(({ tag, content }) => (tag === tags.ipAddress ? ipAddressOf(content) : [])),
  };
}

/** The white space that some writers leave around a name belongs to nobody. */
function textOf(content: Buffer): string[] {
  const text = content.toString('utf8').trim();
  return text === '' ? [] : [text];
}

function utf8Mailbox({ tag, content }: Element): string[] {
  if (tag !== tags.otherName) return [];
  const [id, value] = elementsOf(content);
  if (id === undefined || value === undefined) return [];
  if (objectIdentifier(id.content) !== ids.smtpUtf8Mailbox) return [];
  return textOf(firstElement(value.content)?.content ?? Buffer.alloc(0));
}

function ipAddressOf(content: Buffer): string[] {
  if (content.length === 4) return [[...content].join('.')];
  if (content.length !== 16) return [];
  const groups = Array.from({ length: 8 }, (_, index) => content.readUInt16BE(2 * index).toString(16));
  return [new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)];
}

function addressesOfSubject(subject: Element | undefined): string[] {
  const attributes = elementsOf(subject?.content ?? Buffer.alloc(0)).flatMap(({ content }) =>
    elementsOf(content),
  );
  return attributes.flatMap(({ content }) => {
    const [id, value] = elementsOf(content);
    const isAddress = id !== undefined && objectIdentifier(id.content) === ids.emailAddress;
    return isAddress && value !== undefined ? textOf(value.content) : [];
  });
}
