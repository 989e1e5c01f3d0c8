/** A fast SMTP server that takes everything and keeps nothing, unless told to. Also runs as a process of its own. */
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { listenOnLoopback } from './loopback-server.ts';
import { addressIn, createSmtpInput, unstuff } from './smtp-input.ts';
import { waitFor } from './wait-for.ts';

export type SinkCounts = { connections: number; messages: number; recipients: number; contentBytes: number };

export type SinkMessage = {
  sender: string;
  recipients: string[];
  /** What was sent, without dot-stuffing and final dot. */
  content: Buffer;
};

export type NodeSinkOptions = {
  /** Keep envelope and content of every message. */
  capture?: boolean;
  /** Announced as SIZE, not enforced. */
  sizeBytes?: number;
  port?: number;
  /** Called at the final dot of every message, before it is answered. */
  onMessage?: () => void;
  /** Called with the number of open connections that mail has come over, whenever it changes. */
  onSendingConnections?: (open: number) => void;
  /** How long the reply to the next message takes. */
  answerAfterMs?: () => number;
  /** No message is answered before this. */
  answerWhen?: Promise<void>;
};

export type NodeSink = {
  host: '127.0.0.1';
  port: number;
  counts: () => SinkCounts;
  /** Stays empty without `capture`. */
  messages: readonly SinkMessage[];
  waitForMessages: (count: number, timeoutMs?: number) => Promise<SinkCounts>;
  stop: () => Promise<void>;
};

type Recording = {
  counts: SinkCounts;
  messages: SinkMessage[];
  capture: boolean;
  sizeBytes: number;
  onMessage: () => void;
  sendingConnections: number;
  onSendingConnections: (open: number) => void;
  answerAfterMs: () => number;
  answerWhen: Promise<void> | undefined;
};

export async function startNodeSink(options: NodeSinkOptions = {}): Promise<NodeSink> {
  const recording: Recording = {
    counts: { connections: 0, messages: 0, recipients: 0, contentBytes: 0 },
    messages: [],
    capture: options.capture ?? false,
    sizeBytes: options.sizeBytes ?? 100 * 1024 * 1024,
    onMessage: options.onMessage ?? (() => undefined),
    sendingConnections: 0,
    onSendingConnections: options.onSendingConnections ?? (() => undefined),
    answerAfterMs: options.answerAfterMs ?? (() => 0),
    answerWhen: options.answerWhen,
  };
  const server = createServer({ noDelay: true }, (socket) => serve(socket, recording));
  const { port, close } = await listenOnLoopback(server, options.port);
  const counts = (): SinkCounts => ({ ...recording.counts });
  const waitForMessages = (count: number, timeoutMs?: number): Promise<SinkCounts> =>
    waitFor(
      `${count} messages in the sink`,
      () => (counts().messages >= count ? counts() : undefined),
      timeoutMs,
    );
  return { host: '127.0.0.1', port, counts, messages: recording.messages, waitForMessages, stop: close };
}

function serve(socket: Socket, recording: Recording): void {
  const { counts, capture } = recording;
  counts.connections += 1;
  let sender = '';
  let isSending = false;
  let recipients: string[] = [];
  let chunks: Buffer[] = [];
  // Replies to everything that came in one chunk leave in one write.
  let replies = '';

  const countSending = (by: 1 | -1): void => {
    recording.sendingConnections += by;
    recording.onSendingConnections(recording.sendingConnections);
  };
  const answer = (line: string): string => {
    const command = line.slice(0, 4).toUpperCase();
    if (command === 'RCPT') {
      counts.recipients += 1;
      if (capture) recipients.push(addressIn(line));
    } else if (command === 'MAIL') {
      sender = capture ? addressIn(line) : '';
      if (!isSending) countSending(1);
      isSending = true;
    } else if (command === 'DATA') {
      input.expectContent();
    }
    return replyTo(command, recording.sizeBytes);
  };
  const input = createSmtpInput({
    line(text) {
      replies += answer(text);
    },
    content(chunk) {
      counts.contentBytes += chunk.length;
      if (capture) chunks.push(chunk);
    },
    contentEnd() {
      counts.messages += 1;
      recording.onMessage();
      if (capture) recording.messages.push({ sender, recipients, content: unstuff(chunks) });
      recipients = [];
      chunks = [];
      const afterMs = recording.answerAfterMs();
      const { answerWhen } = recording;
      if (answerWhen !== undefined) void answerWhen.then(() => socket.write('250 2.0.0 Ok\r\n'));
      else if (afterMs > 0) setTimeout(() => socket.write('250 2.0.0 Ok\r\n'), afterMs);
      else replies += '250 2.0.0 Ok\r\n';
    },
  });

  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    if (isSending) countSending(-1);
  });
  socket.on('data', (chunk) => {
    input.push(chunk);
    if (replies !== '') socket.write(replies);
    if (replies.endsWith(GOODBYE)) socket.end();
    replies = '';
  });
  socket.write('220 sink.test ESMTP\r\n');
}

const GOODBYE = '221 2.0.0 Bye\r\n';

function replyTo(command: string, sizeBytes: number): string {
  switch (command) {
    case 'EHLO':
      return `250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE ${sizeBytes}\r\n`;
    case 'DATA':
      return '354 Go ahead\r\n';
    case 'QUIT':
      return GOODBYE;
    case 'HELO':
    case 'MAIL':
    case 'RCPT':
    case 'RSET':
    case 'NOOP':
      return '250 2.0.0 Ok\r\n';
    default:
      return '502 5.5.1 Not implemented\r\n';
  }
}

/** First line out is the port; each line in is answered by the counts as JSON; ends when its input does. */
async function runAsProcess(): Promise<void> {
  const sink = await startNodeSink();
  console.log(sink.port);
  const input = createInterface({ input: process.stdin });
  input.on('line', () => console.log(JSON.stringify(sink.counts())));
  const stop = (): void => {
    input.close();
    process.stdin.destroy();
    void sink.stop();
  };
  input.once('close', stop);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

if (import.meta.main) await runAsProcess();
