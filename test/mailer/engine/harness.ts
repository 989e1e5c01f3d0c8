import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { ContentStoreError } from '@postausgang/content-store';
import {
  type EventData,
  events,
  type Failure,
  failure,
  type MailRequested,
  type MailState,
  type OutgoingServerContent,
  type PostausgangEvent,
  readRecord,
  topics,
  writeRecord,
} from '@postausgang/contracts';
import { createPublisher, type EventLog, openSqliteLog } from '@postausgang/event-log';
import type { MailCommandName } from '@postausgang/mail';
import type { SendRequest, SendResult, Transport } from '../../../packages/mail/src/transport.ts';
import { messageOfBytes } from '../../../packages/message/src/message.ts';
import {
  createCurrentServing,
  type Serving,
  type CurrentServing,
} from '../../../services/mailer/src/apply/applier.ts';
import type { Clock } from '../../../services/mailer/src/engine/clock.ts';
import {
  createMailQueue,
  type MailQueue,
  type MailQueueDeps,
} from '../../../services/mailer/src/engine/queue.ts';
import { openInterimView } from '../../../services/mailer/src/view/interim-view.ts';
import type { CommandAnswer } from '../../../services/mailer/src/view/mail-view.ts';
import { openMailView } from '../../../services/mailer/src/view/view.ts';
import { noSecurity } from '../../message/smime/no-security.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { serverContent } from '../server-content.ts';

export const startMs = Date.parse('2026-11-23T08:00:00Z');
export const minuteMs = 60_000;

/** A clock that stands until it is moved. */
export interface TestClock extends Clock {
  /** Moves on, timer by timer. */
  advance(ms: number): Promise<void>;
  /** The wall clock is set; no timer knows. */
  jump(ms: number): void;
  /** Waits until some timer is set, and moves on to it. */
  next(): Promise<void>;
}

/** @param startsAtMs - what its wall clock says at first */
export function createTestClock(startsAtMs = startMs): TestClock {
  let nowMs = 0;
  let offsetMs = startsAtMs;
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const advance = async (ms: number): Promise<void> => {
    const untilMs = nowMs + ms;
    for (;;) {
      const due = timers.filter(({ atMs }) => atMs <= untilMs).toSorted((x, y) => x.atMs - y.atMs)[0];
      if (due === undefined) break;
      timers = timers.filter((timer) => timer !== due);
      nowMs = Math.max(nowMs, due.atMs);
      due.run();
      await sleep(1);
    }
    nowMs = untilMs;
  };
  return {
    nowMs: () => offsetMs + nowMs,
    monotonicMs: () => nowMs,
    jump: (ms) => void (offsetMs += ms),
    setTimer(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    advance,
    async next() {
      const earliest = () => (timers.length === 0 ? undefined : Math.min(...timers.map(({ atMs }) => atMs)));
      const atMs = await waitFor('a timer', earliest);
      await advance(atMs - nowMs);
    },
  };
}

/** What a scripted transport does with a message. The default takes it. */
export type Script = (request: SendRequest, call: number) => Promise<SendResult> | SendResult;

export interface ScriptedTransport extends Transport {
  readonly sends: { readonly to: readonly string[]; readonly from: string; readonly message: string }[];
  /** Replaces what happens from the next send on. */
  script: Script;
}

export const server = 'mail.test:25';

export const finished = (
  to: readonly string[],
  outcome:
    'sent' | 'rejected' | 'deferred' | 'unknown' | ((address: string) => 'sent' | 'rejected' | 'deferred'),
): SendResult => ({
  kind: 'finished',
  recipients: to.map((address) => ({
    address,
    outcome: typeof outcome === 'string' ? outcome : outcome(address),
  })),
  server,
  tls: null,
  reply: '250 2.0.0 Ok',
  failure: null,
});
export const down = (code: Failure['code'] = 'connection-refused'): SendResult => ({
  kind: 'server-failed',
  server,
  failure: failure(code),
});
/** Takes the message: the intent, then the reply. */
export const take: Script = async ({ envelope: { to }, onIntent }) => {
  await onIntent({ accepted: to, server, tls: null });
  return finished(to, 'sent');
};

export function createTransport(script: Script = take, capacity = 5): ScriptedTransport {
  const transport: ScriptedTransport = {
    capacity,
    sends: [],
    script,
    async send(request) {
      const { from, to } = request.envelope;
      transport.sends.push({ from, to, message: new TextDecoder().decode(request.message.bytes) });
      return transport.script(request, transport.sends.length);
    },
    close: async () => undefined,
  };
  return transport;
}

export const content = (more: Partial<OutgoingServerContent> = {}): OutgoingServerContent =>
  serverContent({ whenDisabled: 'hold', ...more });

export const active = (
  transport: Transport,
  settingsVersion = 1,
  more: Partial<OutgoingServerContent> = {},
): Serving => ({
  state: 'active',
  serverId: 'default',
  settingsVersion,
  content: content(more),
  transport,
});
export const disabled: Serving = {
  state: 'disabled',
  serverId: 'default',
  content: content({ enabled: false }),
};

/** A log that dies under the queue: from then on nothing is written, nothing is read and nothing ends. */
export interface MortalLog {
  readonly log: EventLog;
  /** How many appends to the mail events were tried. */
  readonly written: () => number;
}

/** Dies at the nth append to the mail events, counted from 0: that one is not written. */
export function mortal(log: EventLog, diesAt: number): MortalLog {
  let written = 0;
  const isDead = (): boolean => written > diesAt;
  const mortalLog: EventLog = {
    ...log,
    append(topic, records) {
      written += topic === topics.mailEvents.name ? 1 : 0;
      return isDead() ? new Promise<never>(() => undefined) : log.append(topic, records);
    },
    follow: (topic, from, handler) =>
      log.follow(topic, from, (records) => (isDead() ? undefined : handler(records))),
  };
  return { log: mortalLog, written: () => written };
}

export async function openLog(t: Test): Promise<{ log: EventLog; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'postausgang-queue-'));
  const log = await openSqliteLog({
    directory: join(directory, 'log'),
    topics: Object.values(topics),
    onError: (error) => t.fail(error.message),
  });
  t.teardown(async () => {
    await log.close();
    await rm(directory, { recursive: true, force: true });
  });
  return { log, directory };
}

export interface Bench {
  readonly queue: MailQueue;
  readonly serving: CurrentServing;
  readonly clock: TestClock;
  /** Appends a mail request as an ERP module would, past everything of ours; resolves when it is folded. */
  request(data: MailRequested): Promise<void>;
  /** Appends a mail request; resolves when it is folded. */
  submit(id: string, more?: Partial<MailRequested> & { readonly to?: { address: string }[] }): Promise<void>;
  /** Appends a command as an ERP module would; says when and how it is answered. */
  ask<Name extends MailCommandName>(
    name: Name,
    data: EventData<Name>,
    as?: { readonly id?: string; readonly key?: string },
  ): Promise<{ readonly answer: Promise<CommandAnswer>; readonly id: string }>;
  state(id: string): MailState | undefined;
  /** Waits until a mail has one of the states. */
  until(id: string, ...states: MailState[]): Promise<void>;
}

export interface BenchOptions extends Partial<
  Pick<
    MailQueueDeps,
    | 'compose'
    | 'security'
    | 'senders'
    | 'mayUseSenders'
    | 'checkRequest'
    | 'contentStore'
    | 'onFailure'
    | 'payloadBytes'
    | 'runId'
    | 'danglingGraceMs'
    | 'lastHeardMs'
    | 'partitionCount'
    | 'logger'
    | 'limitTimes'
    | 'fewEvents'
  >
> {
  readonly log: EventLog;
  readonly directory: string;
  readonly serving: Serving;
  readonly clock?: TestClock;
  readonly viewName?: string;
  /** Mail goes on in a view of its own while the one of this name is built. */
  readonly hasInterim?: boolean;
}

const encoder = new TextEncoder();

/** A queue over a log, with everything around it scripted. */
export async function openQueue(t: Test, options: BenchOptions): Promise<Bench> {
  const {
    log,
    directory,
    clock = createTestClock(),
    viewName = 'view',
    hasInterim = false,
    serving: initial,
    ...replaced
  } = options;
  const viewDirectory = join(directory, viewName);
  const view = openMailView({ directory: viewDirectory });
  const serving = createCurrentServing(initial);
  let ids = 0;
  const newId = () => `event-${(ids += 1)}-${Math.random()}`;
  const publisher = createPublisher(log, { source: '/test', now: () => new Date(clock.nowMs()), newId });
  const queue = createMailQueue({
    log,
    view,
    contentStore: {
      get: () => Promise.reject(new ContentStoreError('content-missing', 'Nothing is stored')),
    },
    publisher,
    serving,
    clock,
    random: () => 0.5,
    runId: randomUUID(),
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    compose: (_request, { from }, { id }) => ({
      message: messageOfBytes(encoder.encode(`${id} from ${from.address}`)),
      messageId: `<${id}@test>`,
    }),
    security: noSecurity,
    checkRequest: () => [],
    onFailure: (error) => t.fail(String(error)),
    ...(hasInterim ? { openInterim: () => openInterimView(viewDirectory) } : {}),
    ...replaced,
  });
  t.teardown(async () => {
    await queue.stop(0);
    view.close();
  });
  await queue.ready;
  const state = (id: string): MailState | undefined => queue.status(id)?.state;
  const append = async (key: string, name: 'mailRequested' | MailCommandName, id: string, data: object) => {
    const time = new Date(clock.nowMs()).toISOString();
    const record = writeRecord(key, { id, type: events[name].type, source: '/erp', time, data });
    const [position] = await log.append(topics.mailRequests.name, [record]);
    if (position === undefined) throw new Error('The log answered without a position');
    return position;
  };
  const request = async (data: MailRequested): Promise<void> => {
    await queue.waitFor(await append(data.orderingKey ?? data.id, 'mailRequested', newId(), data));
  };
  return {
    queue,
    serving,
    clock,
    state,
    request,
    async ask(name, data, { id = newId(), key = data.mailId } = {}) {
      const answer = queue.answerTo(data.mailId, id);
      await append(key, name, id, data);
      return { answer, id };
    },
    submit: (id, more = {}) =>
      request({ id, to: [{ address: `${id}@x.example` }], ...more } as MailRequested),
    async until(id, ...states) {
      const seen = () => states.find((one) => one === state(id));
      await waitFor(`${id} ${states.join('|')}, not ${state(id)}`, seen);
    },
  };
}

/** Every event of the mail events so far. */
export async function mailEvents(log: EventLog): Promise<readonly PostausgangEvent[]> {
  const events: PostausgangEvent[] = [];
  const follower = log.follow(topics.mailEvents.name, 'start', (records) => {
    for (const record of records) {
      const result = readRecord(record);
      if (result.ok) events.push(result.event);
    }
  });
  await follower.caughtUp;
  await follower.stop();
  return events;
}

/** The short type names of the events of one mail. */
export async function storyOf(log: EventLog, mailId: string): Promise<readonly string[]> {
  const events = await mailEvents(log);
  return events
    .filter(({ data }) => 'mailId' in data && data.mailId === mailId)
    .map(({ type }) => type.replace('io.postausgang.mail-', '').replace('.v1', ''));
}
