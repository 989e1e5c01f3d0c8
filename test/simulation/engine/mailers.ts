/**
 * Mailers with the real engine: its followers, its view, its scheduler, its attempts. Time, chance, the log, the leases and the
 * mail server are given, so that nothing happens but what a history lets happen. Leases are as bad as can be: several mailers
 * may own the same partition at once, each of them sure of it.
 */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ContentStoreError } from '@postausgang/content-store';
import { createPublisher } from '@postausgang/event-log';
import type {
  SendRecipient,
  SendRequest,
  SendResult,
  Transport,
} from '../../../packages/mail/src/transport.ts';
import { messageOfBytes } from '../../../packages/message/src/message.ts';
import { createCurrentServing, type CurrentServing } from '../../../services/mailer/src/apply/applier.ts';
import type { Clock } from '../../../services/mailer/src/engine/clock.ts';
import { createMailQueue, type MailQueue } from '../../../services/mailer/src/engine/queue.ts';
import { openInterimView } from '../../../services/mailer/src/view/interim-view.ts';
import { openMailView } from '../../../services/mailer/src/view/view.ts';
import type { MailView } from '../../../services/mailer/src/view/mail-view.ts';
import { active, disabled, down, finished, server } from '../../mailer/engine/harness.ts';
import { scriptedOwnership, type ScriptedOwnership } from '../../mailer/engine/scripted-ownership.ts';
import { noSecurity } from '../../message/smime/no-security.ts';
import type { Lots } from '../histories.ts';
import type { Reply } from '../world.ts';
import type { VirtualLog } from './virtual-log.ts';

/** A transaction with the mail server. */
export interface Dialogue {
  readonly run: string;
  readonly mailId: string;
  readonly to: readonly string[];
  /** `content`: everything but the final dot is there. `dotted`: the reply is awaited. */
  stage: 'content' | 'intending' | 'dotted';
}

interface OpenDialogue extends Dialogue {
  readonly request: SendRequest;
  readonly ended: PromiseWithResolvers<SendResult>;
  accepted: readonly string[];
}

/** What a server does with the recipients when all content is there. */
export type Opening = 'accepts' | 'accepts-first' | 'rejects' | 'defers' | 'fails';

interface Timer {
  readonly run: string;
  readonly atMs: number;
  readonly fire: () => void;
}

interface Run {
  readonly name: string;
  readonly queue: MailQueue;
  readonly view: MailView;
  readonly serving: CurrentServing;
  readonly ownership: ScriptedOwnership;
}

/** One place where a mailer runs, again after each crash. */
export interface Mailer {
  readonly number: number;
  /** Null while it is down. */
  run: Run | null;
  isPaused: boolean;
  isActive: boolean;
}

export interface Mailers {
  readonly all: readonly Mailer[];
  start(mailer: Mailer, as: { readonly keepsView: boolean; readonly isBehind: boolean }): void;
  crash(mailer: Mailer): void;
  own(mailer: Mailer, partitions: readonly number[]): void;
  pause(mailer: Mailer): void;
  resume(mailer: Mailer): void;
  /** Settings reach a mailer: sending is switched off or on again. */
  switch(mailer: Mailer): void;
  /** Of mailers that are not paused. */
  dialogues(): readonly Dialogue[];
  open(dialogue: Dialogue, opening: Opening): void;
  reply(dialogue: Dialogue, reply: Reply): void;
  /** Moves on to the next timer; false where there is none. */
  passTime(): boolean;
  nowMs(): number;
  /** Whether a run is there and works, and since when it has done so without a break. */
  worksSinceMs(run: string): number | undefined;
  /** Lets everything happen that needs nothing from outside. */
  settle(): Promise<void>;
  /** What went wrong inside. */
  readonly faults: readonly string[];
  close(): void;
}

interface MailersOptions {
  readonly log: VirtualLog;
  readonly count: number;
  readonly partitionCount: number;
  readonly directory: string;
  readonly startMs: number;
  readonly lots: Lots;
  /** A final dot is on its way. */
  readonly onDot: (dialogue: Dialogue, accepted: readonly string[]) => void;
  readonly onReply: (dialogue: Dialogue, isTaken: boolean) => void;
}

/** Longer than any append and any lease takes; see `MailQueueDeps`. */
const danglingGraceMs = 30_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function createMailers(options: MailersOptions): Mailers {
  const { log, count, partitionCount, directory, startMs, lots, onDot, onReply } = options;
  const isAlone = count === 1;
  const mailers = Array.from({ length: count }, (_, number): Mailer => ({
    number,
    run: null,
    isPaused: false,
    isActive: true,
  }));
  const faults: string[] = [];
  const dialogues = new Set<OpenDialogue>();
  const heardMs = new Map<string, number>();
  const worksSinceMs = new Map<string, number>();
  let timers: readonly Timer[] = [];
  let nowMs = startMs;
  let starts = 0;

  const mailerOf = (run: string): Mailer | undefined => mailers.find((one) => one.run?.name === run);
  const works = (run: string): boolean => mailerOf(run)?.isPaused === false;
  const clockOf = (run: string): Clock => ({
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer(delayMs, fire) {
      const timer = { run, atMs: nowMs + delayMs, fire };
      timers = [...timers, timer];
      return () => void (timers = timers.filter((one) => one !== timer));
    },
  });
  const transportOf = (run: string): Transport => ({
    capacity: 3,
    send(request) {
      const mailId = decoder.decode(request.message.bytes);
      const to = request.envelope.to;
      const ended = Promise.withResolvers<SendResult>();
      dialogues.add({ run, mailId, to, stage: 'content', request, ended, accepted: [] });
      return ended.promise;
    },
    close: async () => undefined,
  });
  const find = (dialogue: Dialogue): OpenDialogue => {
    const found = [...dialogues].find(
      ({ run, mailId }) => run === dialogue.run && mailId === dialogue.mailId,
    );
    if (found === undefined) throw new Error('no such dialogue');
    return found;
  };
  const end = (dialogue: OpenDialogue, result: SendResult): void => {
    dialogues.delete(dialogue);
    dialogue.ended.resolve(result);
  };
  const intend = (dialogue: OpenDialogue, accepted: readonly string[]): void => {
    dialogue.stage = 'intending';
    dialogue.accepted = accepted;
    dialogue.request.onIntent({ accepted, server, tls: null }).then(
      () => {
        dialogue.stage = 'dotted';
        onDot(dialogue, accepted);
      },
      (error: unknown) => {
        dialogues.delete(dialogue);
        dialogue.ended.reject(error);
      },
    );
  };

  return {
    all: mailers,
    faults,
    nowMs: () => nowMs,
    worksSinceMs: (run) => (works(run) ? worksSinceMs.get(run) : undefined),
    start(mailer, { keepsView, isBehind }) {
      starts += 1;
      const name = `m${mailer.number}-${starts}`;
      const viewDirectory = join(directory, keepsView ? `m${mailer.number}` : name);
      const view = openMailView({ directory: viewDirectory, nowMs: () => nowMs });
      const ownership = scriptedOwnership(isAlone ? Array.from({ length: partitionCount }, (_, n) => n) : []);
      const serving = createCurrentServing(mailer.isActive ? active(transportOf(name)) : disabled);
      const runLog = log.open(name, ownership);
      let ids = 0;
      const newId = (): string => `${name}-event-${(ids += 1)}`;
      const clock = clockOf(name);
      const queue = createMailQueue({
        log: runLog,
        view,
        contentStore: {
          get: () => Promise.reject(new ContentStoreError('content-missing', 'Nothing is stored')),
        },
        publisher: createPublisher(runLog, { source: '/mailer', now: () => new Date(nowMs), newId }),
        serving,
        clock,
        random: () => lots.below(1000) / 1000,
        runId: name,
        logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
        compose: (_request, _decisions, { id }) => ({
          message: messageOfBytes(encoder.encode(id)),
          messageId: `<${id}@test>`,
        }),
        security: noSecurity,
        checkRequest: () => [],
        onFailure: (error) => faults.push(String(error)),
        danglingGraceMs: isAlone ? 0 : danglingGraceMs,
        lastHeardMs: (run) => (works(run) ? nowMs : heardMs.get(run)),
        partitionCount,
        ...(isBehind ? { openInterim: () => openInterimView(viewDirectory), fewEvents: 0 } : {}),
      });
      queue.ready.catch((error: unknown) => faults.push(String(error)));
      worksSinceMs.set(name, nowMs);
      mailer.run = { name, queue, view, serving, ownership };
    },
    crash(mailer) {
      const { run } = mailer;
      if (run === null) throw new Error('it is down');
      if (!mailer.isPaused) heardMs.set(run.name, nowMs);
      log.die(run.name);
      timers = timers.filter((one) => one.run !== run.name);
      for (const dialogue of dialogues) {
        if (dialogue.run !== run.name) continue;
        dialogues.delete(dialogue);
        if (dialogue.stage === 'dotted') onReply(dialogue, lots.below(2) === 0);
      }
      run.view.close();
      Object.assign(mailer, { run: null, isPaused: false });
    },
    own: ({ run }, partitions) => run?.ownership.set(partitions),
    pause(mailer) {
      mailer.isPaused = true;
      if (mailer.run !== null) heardMs.set(mailer.run.name, nowMs);
    },
    resume(mailer) {
      mailer.isPaused = false;
      if (mailer.run !== null) worksSinceMs.set(mailer.run.name, nowMs);
    },
    switch(mailer) {
      mailer.isActive = !mailer.isActive;
      mailer.run?.serving.set(mailer.isActive ? active(transportOf(mailer.run.name)) : disabled);
    },
    dialogues: () => [...dialogues].filter(({ run, stage }) => stage !== 'intending' && works(run)),
    open(given, opening) {
      const dialogue = find(given);
      const { to } = dialogue;
      switch (opening) {
        case 'accepts':
          return intend(dialogue, to);
        case 'accepts-first':
          return intend(dialogue, to.slice(0, 1));
        case 'rejects':
          return end(dialogue, finished(to, 'rejected'));
        case 'defers':
          return end(dialogue, finished(to, 'deferred'));
        case 'fails':
          return end(dialogue, down());
        default:
          return opening satisfies never;
      }
    },
    reply(given, reply) {
      const dialogue = find(given);
      onReply(dialogue, reply === 'sent' || reply === 'lost-taken');
      if (reply === 'lost-taken' && dialogue.to.length > 1) {
        dialogues.delete(dialogue);
        dialogue.ended.reject(new Error('The connection is lost'));
        return;
      }
      const outcome = reply === 'lost' || reply === 'lost-taken' ? 'unknown' : reply;
      const { accepted } = dialogue;
      const recipients = dialogue.to.map((address): SendRecipient => ({
        address,
        outcome: accepted.includes(address) ? outcome : 'rejected',
      }));
      end(dialogue, { ...finishedResult, recipients });
    },
    passTime() {
      const [next] = timers.filter(({ run }) => works(run)).toSorted((one, other) => one.atMs - other.atMs);
      if (next === undefined) return false;
      nowMs = Math.max(nowMs, next.atMs);
      const due = timers.filter(({ run, atMs }) => works(run) && atMs <= nowMs);
      timers = timers.filter((one) => !due.includes(one));
      due.forEach(({ fire }) => fire());
      return true;
    },
    async settle() {
      await setImmediate();
    },
    close() {
      mailers.forEach((mailer) => mailer.run !== null && this.crash(mailer));
    },
  };
}

const finishedResult = { kind: 'finished', server, tls: null, reply: '250 Ok', failure: null } as const;
