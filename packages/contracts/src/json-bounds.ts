/*
 * How much work JSON may be, found out before it is parsed.
 *
 * The size of a JSON text says little about what parsing it costs: a megabyte of brackets becomes a million objects, and
 * one that is nested deeply enough overflows the stack of whatever walks through it. One pass over the bytes counts what
 * will have to be made. Texts are stepped over as fast as memory is read. The pass ends at the first bound that is passed,
 * so that it costs less than the parsing it spares, whatever comes. It does not judge whether the bytes are JSON.
 */

/** Objects and arrays within each other. The deepest that any schema asks for is 8. */
export const maxJsonDepth = 64;

/** Members of objects and elements of arrays, all together. A mail to 1,000 recipients has 7,000. */
export const maxJsonMembers = 100_000;

/** Bytes that are not part of a text: white space, numbers, brackets. */
const maxPlainBytes = 2 * 1024 * 1024;

/** Characters that are written with a backslash; a text of a megabyte in Cyrillic may be nothing else. */
const maxEscapes = 2_000_000;

/** What is smaller cannot cost much, however it is made. */
const smallestBytes = 2 * maxJsonMembers;

export type JsonExcess = 'depth' | 'members' | 'plain-bytes' | 'escapes';

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

interface Counts {
  depth: number;
  members: number;
  texts: number;
  plainBytes: number;
  escapes: number;
}

/** The bound that JSON passes; undefined where it may be parsed. Takes any bytes. */
export function jsonExcess(json: Uint8Array): JsonExcess | undefined {
  const counts: Counts = { depth: 0, members: 0, texts: 0, plainBytes: 0, escapes: 0 };
  for (let at = 0; at < json.length; at += 1) {
    if (json[at] === quote) {
      at = closingQuote(json, at + 1, counts);
      counts.texts += 1;
    } else {
      countPlain(json[at], counts);
    }
    const excess = excessOf(counts);
    if (excess !== undefined) return excess;
  }
  return undefined;
}

function countPlain(byte: number | undefined, counts: Counts): void {
  counts.plainBytes += 1;
  if (byte === comma) {
    counts.members += 1;
  } else if (byte === openBrace || byte === openBracket) {
    counts.depth += 1;
    counts.members += 1;
  } else if (byte === closeBrace || byte === closeBracket) {
    counts.depth -= 1;
  }
}

function excessOf({ depth, members, texts, plainBytes, escapes }: Counts): JsonExcess | undefined {
  if (depth > maxJsonDepth) return 'depth';
  // A member has a name and at most one text.
  if (members > maxJsonMembers || texts > 2 * maxJsonMembers) return 'members';
  if (plainBytes > maxPlainBytes) return 'plain-bytes';
  return escapes > maxEscapes ? 'escapes' : undefined;
}

/** The same where the depth does no harm: what is small is not even looked at. */
export function largeJsonExcess(json: Uint8Array): JsonExcess | undefined {
  return json.length < smallestBytes ? undefined : jsonExcess(json);
}

/** A text without escaped quotes, which most are, is one search; in any other each byte is looked at. */
function closingQuote(json: Uint8Array, start: number, counts: Counts): number {
  const first = json.indexOf(quote, start);
  if (first === -1) return json.length;
  if (json[first - 1] !== backslash || first === start) return first;
  for (let at = start; at < json.length && counts.escapes <= maxEscapes; at += 1) {
    const byte = json[at];
    if (byte === backslash) {
      at += 1;
      counts.escapes += 1;
    } else if (byte === quote) {
      return at;
    }
  }
  return json.length;
}
