/** Invitations and answers to them (iCalendar, RFC 5545; iTIP, RFC 5546), as mail carries them (iMIP, RFC 6047). */
import { type Calendar, type Finding, finding } from '@postausgang/contracts';

const pointer = '/calendar/content';
const lineEnd = /\r\n?|\n/;
const contentLine = /^[A-Za-z0-9-]+[;:]/;
const forbidden = /[^\t\n\r\x20-\x7e\u0080-\u{10ffff}]/u;

/** The content lines (RFC 5545 §3.1), each in one piece. */
function contentLines(content: string): readonly string[] {
  const bare = content.startsWith('\ufeff') ? content.slice(1) : content;
  const unfolded = bare
    .split(lineEnd)
    .join('\n')
    .replaceAll(/\n[\t ]/g, '');
  return unfolded.split('\n').filter((line) => line.trim() !== '');
}

/** What is wrong with the calendar of a request: readers drop what is no calendar, and show no buttons without a method. */
export function checkCalendar({ method, content }: Calendar): Finding[] {
  if (forbidden.test(content)) return [finding(pointer, 'control-character')];
  const methods = methodsIn(contentLines(content));
  if (methods === undefined) return [finding(pointer, 'calendar-invalid')];
  const isSame = methods.length === 1 && methods[0]?.toUpperCase() === method;
  return isSame ? [] : [finding(pointer, 'calendar-method-mismatch')];
}

/** The values of METHOD in the one calendar; undefined where the lines are not one calendar (RFC 5545 §3.4). */
function methodsIn(lines: readonly string[]): readonly string[] | undefined {
  const open: string[] = [];
  const methods: string[] = [];
  for (const [index, line] of lines.entries()) {
    const [name = '', value = ''] = line.split(/:(.*)/s).map((part) => part.trim());
    if (!contentLine.test(line) || (index > 0 && open.length === 0)) return undefined;
    if (/^BEGIN$/i.test(name)) open.push(value.toUpperCase());
    else if (/^END$/i.test(name) && open.pop() !== value.toUpperCase()) return undefined;
    else if (/^METHOD$/i.test(name) && open.length === 1) methods.push(value);
    if (index === 0 && open[0] !== 'VCALENDAR') return undefined;
  }
  return lines.length > 1 && open.length === 0 ? methods : undefined;
}

const lineOctets = 75;

/** The calendar with CRLF and lines of at most 75 octets (RFC 5545 §3.1), however it came. */
export function calendarText({ content }: Calendar): string {
  return contentLines(content).map(foldedLine).join('');
}

function foldedLine(line: string): string {
  let folded = '';
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > lineOctets) {
      folded += '\r\n ';
      octets = 1;
    }
    folded += character;
    octets += size;
  }
  return `${folded}\r\n`;
}
