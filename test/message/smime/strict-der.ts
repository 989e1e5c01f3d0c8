/**
 * A reader of DER (X.690 §10, §11) that takes nothing else: definite and shortest lengths, shortest integers, the items of
 * a SET OF in order. It knows nothing of CMS but that [0] of more than one item is a SET OF in it (RFC 5652: certificates,
 * signedAttrs).
 */

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
}

const setTag = 0x31;
const contextSetTag = 0xa0;
const integerTag = 0x02;
const booleanTag = 0x01;
const bitStringTag = 0x03;

/** What is not DER, with its place in bytes. Empty: all is well. */
export function derFaults(der: Uint8Array): readonly string[] {
  const faults: string[] = [];
  const bytes = Buffer.from(der);
  const top = readElement(bytes, 0, bytes.length, faults);
  if (top === null) return faults;
  if (top.end !== bytes.length) faults.push(`${top.end}: more after the end`);
  inspect(bytes, top, faults);
  return faults;
}

const objectPart =
  /content-type: application\/(?:x-)?pkcs7-(?:mime|signature)[^]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)/gi;

/** The CMS objects of a message, as bytes. */
export function cmsObjects(message: Buffer): readonly Buffer[] {
  return [...message.toString('latin1').matchAll(objectPart)].map(([, text = '']) =>
    Buffer.from(text, 'base64'),
  );
}

function inspect(bytes: Buffer, element: Element, faults: string[]): void {
  const { tag, bodyStart, end } = element;
  if ((tag & 0x20) === 0) return inspectPrimitive(bytes, element, faults);
  const children: Element[] = [];
  for (let at = bodyStart; at < end; at = children.at(-1)?.end ?? end) {
    const child = readElement(bytes, at, end, faults);
    if (child === null) return;
    children.push(child);
    inspect(bytes, child, faults);
  }
  if (tag !== setTag && tag !== contextSetTag) return;
  const encodings = children.map((child) => bytes.subarray(child.start, child.end));
  const isOrdered = encodings.every(
    (one, index) => index === 0 || Buffer.compare(encodings[index - 1] ?? one, one) <= 0,
  );
  if (!isOrdered) faults.push(`${element.start}: a SET OF ${children.length} items out of order`);
}

function inspectPrimitive(bytes: Buffer, { tag, start, bodyStart, end }: Element, faults: string[]): void {
  const [first = 0, second = 0] = bytes.subarray(bodyStart, end);
  const isPadded =
    end - bodyStart > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (tag === integerTag && (isPadded || end === bodyStart)) faults.push(`${start}: an INTEGER with padding`);
  if (tag === booleanTag && first !== 0xff)
    faults.push(`${start}: a BOOLEAN that says its default, or is not FF`);
  const unused = tag === bitStringTag ? (bytes[end - 1] ?? 0) & ((1 << first) - 1) : 0;
  if (unused !== 0) faults.push(`${start}: a BIT STRING with bits that are not used`);
}

function readElement(bytes: Buffer, start: number, limit: number, faults: string[]): Element | null {
  const refuse = (why: string): null => {
    faults.push(`${start}: ${why}`);
    return null;
  };
  const tag = bytes[start] ?? 0;
  if ((tag & 0x1f) === 0x1f) return refuse('a long tag');
  const first = bytes[start + 1] ?? 0x80;
  if (first === 0x80) return refuse('an indefinite length');
  const lengthBytes = first > 0x80 ? first - 0x80 : 0;
  if (lengthBytes > 4) return refuse('a length of more than four bytes');
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(start + 2, lengthBytes);
  const isShortest = lengthBytes === 0 || (length >= 0x80 && length >= 2 ** (8 * (lengthBytes - 1)));
  if (!isShortest) return refuse('a length that is not the shortest');
  const bodyStart = start + 2 + lengthBytes;
  const end = bodyStart + length;
  return end > limit ? refuse('longer than what holds it') : { tag, start, bodyStart, end };
}
