/** One line of `strace -f -y -xx`, as far as it is about files: a call that begins, ends, or does both. */
export interface CallEvent {
  readonly phase: 'begin' | 'end' | 'whole';
  readonly thread: string;
  readonly name: string;
  /** What stands between the parentheses, as far as it is on this line. */
  readonly text: string;
  /** Undefined while the call has not ended. */
  readonly result: number | undefined;
}

const whole = /^(\d+)\s+(\w+)\((.*)\)\s+= (-?\d+)/;
const begun = /^(\d+)\s+(\w+)\((.*) <unfinished \.\.\.>$/;
const ended = /^(\d+)\s+<\.\.\. (\w+) resumed>(.*)\)\s+= (-?\d+)/;

export function readCallEvent(line: string): CallEvent | undefined {
  for (const [pattern, phase] of [
    [whole, 'whole'],
    [begun, 'begin'],
    [ended, 'end'],
  ] as const) {
    const [, thread, name, text, result] = pattern.exec(line) ?? [];
    if (thread !== undefined && name !== undefined && text !== undefined) {
      return { phase, thread, name, text, result: result === undefined ? undefined : Number(result) };
    }
  }
  return undefined;
}

/** A call with all its text, told when it ends, and where in the order of all it began and ended. */
export interface Call {
  readonly name: string;
  readonly text: string;
  readonly result: number;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** Joins the halves of calls that others came between. In the order of their ends. */
export function joinCalls(events: Iterable<CallEvent>): Call[] {
  const open = new Map<string, { readonly text: string; readonly beganAt: number }>();
  const calls: Call[] = [];
  let at = 0;
  for (const { phase, thread, name, text, result } of events) {
    at += 1;
    if (phase === 'begin') open.set(thread, { text, beganAt: at });
    else {
      const before = phase === 'end' ? open.get(thread) : undefined;
      calls.push({
        name,
        text: (before?.text ?? '') + text,
        result: result ?? -1,
        beganAt: before?.beganAt ?? at,
        endedAt: at,
      });
    }
  }
  return calls;
}

const fromHex = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');

/** The path of the first file descriptor: `7</data/events.db-wal>`, in hexadecimal. */
export const pathIn = (text: string): string =>
  fromHex(/^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(text)?.[1] ?? '').toString();

const stringsOf = (text: string): Buffer[] =>
  [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => fromHex(hex));

/** The bytes of the strings in a call, one after the other. */
export const bytesIn = (text: string): Buffer => Buffer.concat(stringsOf(text));

/** The strings in a call, for those that name paths. */
export const namesIn = (text: string): string[] => stringsOf(text).map((name) => name.toString());

/** The last number of a call: the offset of a write, the length of a truncation. */
export const lastNumberIn = (text: string): number => Number(/(\d+)$/.exec(text)?.[1] ?? 0);
