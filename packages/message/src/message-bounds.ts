/*
 * How much work a finished message may be, found out before it is read.
 *
 * Whoever sends one decides how many header fields it has and how many addresses are in them, and both cost far more than
 * their bytes: 25 megabytes of the shortest fields are six million objects. So the bytes are scanned first, the header
 * section only as far as it may go. Each scan ends at the bound, and what is refused here was neither copied nor parsed.
 */
import { type Finding, finding } from '@postausgang/contracts';
import { bareLineEnds } from './encodings.ts';

/** Bytes of the header section, from the first field to the empty line. */
const maxHeaderSectionBytes = 256 * 1024;

const maxHeaderFields = 1000;

/** Line ends that are not CRLF: each has to become one. */
const maxBareLineEnds = 1_000_000;

/** Characters that have a meaning in lists of addresses; 1,000 addresses with quoted names have 9,000. */
const maxSpecialCharacters = 20_000;

/** Separators alone: an address, a group or nothing ends at each. */
const maxAddressSeparators = 4000;

const tab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;

/** The bound that a message passes, with line ends of any kind; undefined where it may be read. */
export function messageExcess(message: Uint8Array): Finding | undefined {
  const { sizeBytes, fields } = measureHeaderSection(message);
  if (sizeBytes > maxHeaderSectionBytes) return finding('/headers', 'too-long');
  if (fields > maxHeaderFields) return finding('/headers', 'too-many');
  return bareLineEnds(message, maxBareLineEnds) > maxBareLineEnds
    ? finding('', 'message-malformed')
    : undefined;
}

/** Ends where the header section ends, or with the first byte that is too many. */
function measureHeaderSection(message: Uint8Array): { sizeBytes: number; fields: number } {
  const end = Math.min(message.length, maxHeaderSectionBytes + 1);
  let fields = 0;
  let isLineStart = true;
  for (let at = 0; at < end; at += 1) {
    const byte = message[at] ?? 0;
    const isBreak = byte === cr || byte === lf;
    if (isBreak && isLineStart) return { sizeBytes: at, fields };
    if (isLineStart && byte !== space && byte !== tab) fields += 1;
    if (isBreak && byte === cr && message[at + 1] === lf) at += 1;
    isLineStart = isBreak;
  }
  return { sizeBytes: end, fields };
}

const addressFields = new Set(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc']);

const separators = new Set([',', ';', ':']);
const special = new Set([...separators, '(', ')', '<', '>', '"', '\\', '@']);

/** The fields whose addresses are too many to be parsed, as findings; each is looked at, and none is parsed. */
export function addressExcess(
  fields: Iterable<{ readonly name: string; readonly value: string }>,
): readonly Finding[] {
  const counts = { separators: 0, special: 0 };
  for (const { name, value } of fields) {
    if (!addressFields.has(name)) continue;
    for (let at = 0; at < value.length; at += 1) {
      const character = value.charAt(at);
      if (special.has(character)) counts.special += 1;
      if (separators.has(character)) counts.separators += 1;
    }
    if (counts.special > maxSpecialCharacters || counts.separators > maxAddressSeparators) {
      return [finding(`/headers/${name}`, 'too-many')];
    }
  }
  return [];
}

/** Longest line without its end (RFC 5322 §2.1.1); servers cut, refuse or break longer ones. */
const maxLineBytes = 998;

/** From the start of a line to the last line break within the limit: all lines in between are short, too. */
export function longLine(message: Buffer): Finding | undefined {
  for (let start = 0; message.length - start > maxLineBytes;) {
    const lineEnd = message.lastIndexOf('\r\n', start + maxLineBytes);
    if (lineEnd < start) {
      return finding(`/lines/${linesBefore(message, start) + 1}`, 'line-too-long');
    }
    start = lineEnd + 2;
  }
  return undefined;
}

function linesBefore(message: Buffer, end: number): number {
  let lines = 0;
  for (let at = message.indexOf('\r\n'); at !== -1 && at < end; at = message.indexOf('\r\n', at + 2))
    lines += 1;
  return lines;
}
