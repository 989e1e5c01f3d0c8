/** A field of the header section (RFC 5322 §2.2) and where it lies, its line end included. */
export interface HeaderField {
  /** In lower case. */
  readonly name: string;
  /** Unfolded, without white space around it; UTF-8 is allowed (RFC 6532). */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const fieldStart = /^([\x21-\x39\x3b-\x7e]+)[\t ]*:/;

/** The fields of a message with CRLF line ends, or undefined where a line of its header section is none. */
export function readHeaderFields(message: Buffer): readonly HeaderField[] | undefined {
  const fields: HeaderField[] = [];
  const sectionEnd = endOfHeaderSection(message);
  for (let start = 0; start < sectionEnd;) {
    const end = endOfField(message, start, sectionEnd);
    const text = message.toString('utf8', start, end);
    const name = fieldStart.exec(text)?.[1];
    if (name === undefined) {
      return undefined;
    }
    const value = text.slice(text.indexOf(':') + 1).replaceAll(/\r\n(?=[\t ])/g, '');
    fields.push({ name: name.toLowerCase(), value: value.trim(), start, end });
    start = end;
  }
  return fields;
}

/** A message may end with its header section, and then without an empty line. */
function endOfHeaderSection(message: Buffer): number {
  if (message.subarray(0, 2).toString('latin1') === '\r\n') {
    return 0;
  }
  const emptyLine = message.indexOf('\r\n\r\n');
  return emptyLine === -1 ? message.length : emptyLine + 2;
}

/** Lines that begin with white space continue the field. */
function endOfField(message: Buffer, start: number, sectionEnd: number): number {
  let end = start;
  do {
    const lineEnd = message.indexOf('\r\n', end);
    end = lineEnd === -1 ? sectionEnd : Math.min(lineEnd + 2, sectionEnd);
  } while (end < sectionEnd && (message[end] === 0x20 || message[end] === 0x09));
  return end;
}
