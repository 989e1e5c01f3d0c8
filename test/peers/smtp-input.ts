export type SmtpInputHandler = {
  /** A command line without its line end. */
  line: (text: string) => void;
  /** Bytes between DATA and the final dot as they come, dot-stuffed, the final dot included. */
  content: (chunk: Buffer) => void;
  contentEnd: () => void;
};

export type SmtpInput = {
  push: (chunk: Buffer) => void;
  /** What follows is message content; called while handling DATA. */
  expectContent: () => void;
};

const END_OF_CONTENT = Buffer.from('\r\n.\r\n');
const FINAL_DOT_LENGTH = 3;
const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;

/** Splits what a client sends into lines and content. Content is never copied nor searched twice. */
export function createSmtpInput(handler: SmtpInputHandler): SmtpInput {
  let inContent = false;
  let partialLine: Buffer = NOTHING;
  // The last four bytes of content: the end mark may lie across chunks.
  let tail: Buffer = NOTHING;

  const takeLine = (input: Buffer): Buffer => {
    const end = input.indexOf(LINE_FEED);
    if (end < 0) {
      partialLine = partialLine.length === 0 ? input : Buffer.concat([partialLine, input]);
      return NOTHING;
    }
    const line = Buffer.concat([partialLine, input.subarray(0, end)]).toString('utf8');
    partialLine = NOTHING;
    handler.line(line.endsWith('\r') ? line.slice(0, -1) : line);
    return input.subarray(end + 1);
  };

  const takeContent = (input: Buffer): Buffer => {
    const end = endOfContent(tail, input);
    if (end < 0) {
      tail = input.length >= 4 ? input.subarray(-4) : Buffer.concat([tail, input]).subarray(-4);
      handler.content(input);
      return NOTHING;
    }
    inContent = false;
    handler.content(input.subarray(0, end));
    handler.contentEnd();
    return input.subarray(end);
  };

  return {
    push(chunk) {
      let rest = chunk;
      while (rest.length > 0) rest = inContent ? takeContent(rest) : takeLine(rest);
    },
    expectContent() {
      inContent = true;
      // The line end of DATA counts as the one before a dot that comes first.
      tail = END_OF_CONTENT.subarray(0, 2);
    },
  };
}

/** Where in the chunk the content is over, or -1. */
function endOfContent(tail: Buffer, chunk: Buffer): number {
  const across = Buffer.concat([tail, chunk.subarray(0, 4)]).indexOf(END_OF_CONTENT);
  if (across >= 0) return across + END_OF_CONTENT.length - tail.length;
  const inside = chunk.indexOf(END_OF_CONTENT);
  return inside < 0 ? -1 : inside + END_OF_CONTENT.length;
}

/** The message as it was before the client dot-stuffed it. */
export function unstuff(chunks: readonly Buffer[]): Buffer {
  const stuffed = Buffer.concat(chunks);
  const content = stuffed.subarray(0, stuffed.length - FINAL_DOT_LENGTH).toString('latin1');
  return Buffer.from(content.replace(/(^|\r\n)\./g, '$1'), 'latin1');
}

/** The address in `MAIL FROM:<address> …` or `RCPT TO:<address>`; empty for the null sender. */
export const addressIn = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? '';
