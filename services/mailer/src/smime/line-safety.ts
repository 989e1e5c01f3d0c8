import { isAscii } from 'node:buffer';

/** Longest line of a message (RFC 5322 §2.1.1). */
const maxLineBytes = 998;
const lf = 0x0a;
const fromLine = Buffer.from('From ', 'latin1');

/**
 * Whether every server hands the text on as it is: ASCII, short lines, no white space at their ends, and none that a
 * mailbox file would take for the beginning of a message (RFC 8551 §3.1.3). A signature does not survive any change.
 */
export function isSafeInTransit(text: Buffer): boolean {
  return isAscii(text) && haveSafeLines(text);
}

function haveSafeLines(text: Buffer): boolean {
  for (let start = 0; start < text.length;) {
    const lineBreak = text.indexOf(lf, start);
    const end = lineBreak === -1 ? text.length : lineBreak - 1;
    const last = end > start ? text[end - 1] : undefined;
    const isUnsafe =
      end - start > maxLineBytes ||
      last === 0x20 ||
      last === 0x09 ||
      text.subarray(start, start + fromLine.length).equals(fromLine);
    if (isUnsafe) return false;
    start = lineBreak === -1 ? text.length : lineBreak + 1;
  }
  return true;
}
