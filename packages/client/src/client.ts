/*
 * A mail from its request to its outcome. The event stream says when it is time to look; where there is none (no right, too
 * many streams, a proxy that holds answers back) the status is asked for, less and less often. What counts is the status
 * alone, so an event that was missed costs time and nothing else.
 */
import { type Answer, type Call, type CallOptions, createCall, createSend, type Send, wait } from './call.ts';
import type { MailRequest, MailStatus } from './operations.ts';

export interface WatchOptions {
  /** Ends the waiting: `AbortSignal.timeout(60_000)`. */
  readonly signal?: AbortSignal;
}

export interface Client {
  /** Calls any operation by its method and path. Throws PostausgangProblem. */
  readonly call: Call;
  /**
   * Asks for a mail to be sent. The answer means that the request is durable; `outcome` tells what became of it.
   *
   * @param idempotencyKey a key of yours (such as `invoice-4711-v1`) keeps you from sending twice after a crash. Default: a
   * random one, which covers the repetitions of this call.
   */
  send(mail: MailRequest, idempotencyKey?: string): Promise<Answer<'POST /v1/mails'>>;
  /** The status of a mail once it has ended. A mail that is held does not end: give a signal. */
  outcome(id: string, options?: WatchOptions): Promise<MailStatus>;
}

const ends: readonly string[] = ['sent', 'partly-sent', 'failed', 'expired', 'cancelled', 'unknown'];
const shortestPauseMs = 500;
const longestPauseMs = 10_000;
const reset = 'event: reset';
/** Between two looks at a mail whose events are followed. */
const followedPauseMs = 60_000;

export function createClient(options: CallOptions): Client {
  const call = createCall(options);
  const events = createEvents(createSend(options));
  return {
    call,
    send: (mail, idempotencyKey) =>
      call('POST /v1/mails', { body: mail, headers: { 'idempotency-key': idempotencyKey } }),
    async outcome(id, { signal } = {}) {
      const followed = events.follow(id);
      try {
        for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
          const input = { path: { id }, ...(signal === undefined ? {} : { signal }) };
          const status = await call('GET /v1/mails/{id}', input);
          if (ends.includes(status.state)) return status;
          await followed.change(pauseMs, signal);
        }
      } finally {
        followed.end();
      }
    },
  };
}

interface Followed {
  /** Resolves when an event named the mail since the last time, or after the time. Rejects with the signal's reason. */
  change(ms: number, signal?: AbortSignal): Promise<void>;
  end(): void;
}

/** One event stream for all that is followed, open as long as something is. */
function createEvents(send: Send) {
  /** Each with the id that it listens for. */
  const listeners = new Map<() => void, string>();
  let stream: AbortController | undefined;
  let isOpen = false;
  let isForbidden = false;

  function tell(text: string): void {
    // Before these, events may have been missed.
    const isForAll = /^event: (?:ready|reset)$/m.test(text);
    for (const [listener, id] of listeners) if (isForAll || text.includes(id)) listener();
  }

  async function read(signal: AbortSignal): Promise<void> {
    const response = await send('GET /v1/events', { signal });
    isForbidden = response.status === 401 || response.status === 403;
    isOpen = response.ok;
    if (response.ok && response.body !== null) await readEvents(response.body, tell);
    else await response.body?.cancel();
  }

  function open(): void {
    if (stream !== undefined || isForbidden) return;
    const opened = new AbortController();
    stream = opened;
    const ended = async (): Promise<void> => {
      if (stream !== opened) return;
      const wasOpen = isOpen;
      stream = undefined;
      isOpen = false;
      // Those who rely on it look again, not all the time should it break again and again.
      if (wasOpen) await wait(shortestPauseMs, undefined).then(() => tell(reset));
    };
    read(opened.signal).then(ended, ended);
  }

  function close(): void {
    stream?.abort();
    stream = undefined;
    isOpen = false;
  }

  return {
    follow(id: string): Followed {
      let isDue = false;
      let wake = (): void => undefined;
      const listener = (): void => {
        isDue = true;
        wake();
      };
      listeners.set(listener, id);
      return {
        async change(ms, signal) {
          open();
          if (!isDue) await wait(isOpen ? followedPauseMs : ms, signal, (end) => (wake = end));
          isDue = false;
        },
        end() {
          listeners.delete(listener);
          if (listeners.size === 0) close();
        },
      };
    },
  };
}

/** Gives each event of a stream of server-sent events. */
async function readEvents(body: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (let rest = ''; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + decoder.decode(value, { stream: true })).split('\n\n');
    rest = events.pop() ?? '';
    events.forEach(take);
  }
}
