import { type AnsweredCommand, topics } from '@postausgang/contracts';
import { type EventLog, type LogItem, type Position, startFold, toItem } from '@postausgang/event-log';
import {
  attemptIdentity,
  instantMs,
  isMailCommand,
  isBulkAnswer,
  isBulkRequest,
  isMailEvent,
  isOfBulk,
  isResumeRequest,
  isWaiting,
  type MailEvent,
  mailIdOf,
} from '@postausgang/mail';
import type { Governor } from '../limits/governor.ts';
import type { FoldedPosition, MailTopic, MailView } from '../view/mail-view.ts';
import type { Agenda } from './agenda.ts';
import type { Clock } from './clock.ts';
import type { CommandWaiters, InFlight } from './completer.ts';
import type { Pace } from './pace.ts';
import type { RequestCache } from './request-cache.ts';

/**
 * Whether the view was made from this log: the last record it has seen of each partition is still what it was. It is
 * not when the log was replaced, or restored to an older state.
 */
export async function isOfThisLog(view: Pick<MailView, 'positions'>, log: EventLog): Promise<boolean> {
  const checks = (['mailRequests', 'mailEvents'] as const).flatMap((topic) =>
    view.positions(topic).map((position) => holds(log, topic, position)),
  );
  return (await Promise.all(checks)).every(Boolean);
}

async function holds(log: EventLog, topic: MailTopic, folded: FoldedPosition): Promise<boolean> {
  const { partition, offset, lastEventId } = folded;
  const record = await log.read(topics[topic].name, { partition, offset: offset - 1 });
  if (record === undefined) {
    return false;
  }
  const { result } = toItem(record);
  return lastEventId === (result.ok ? result.event.id : null);
}

interface MailFollowerOptions {
  readonly log: EventLog;
  readonly view: Pick<MailView, 'positions'>;
  /** Following begins when this resolves. */
  readonly after: Promise<unknown>;
  /** Takes a batch into the view. */
  readonly fold: (topic: MailTopic, items: readonly LogItem[]) => void | Promise<void>;
  /** The view cannot be written: folding has ended for good. */
  readonly onFailure: (error: unknown) => void;
}

export interface MailFollower {
  /** Resolves when both topics are folded up to the end that was current at the start. */
  readonly caughtUp: Promise<void>;
  /** Resolves when everything that lies in both topics at the time of the call is folded. */
  catchUp(): Promise<void>;
  /** True when the record at this position is folded; false when it will not be, since this has stopped. */
  folded(topic: MailTopic, position: Position): Promise<boolean>;
  stop(): Promise<void>;
}

/** Folds both mail topics. Of the past, requests go ahead and events follow in step. */
export function followMail({ log, view, after, fold, onFailure }: MailFollowerOptions): MailFollower {
  const steps = createSteps();
  const follow = (topic: MailTopic) =>
    startFold({
      log,
      topic,
      after,
      state: view,
      from: () => view.positions(topic),
      async apply(_view, items) {
        try {
          await steps[topic](items);
          await fold(topic, items);
          steps.folded(topic, items);
        } catch (error) {
          onFailure(error);
          throw error;
        }
      },
    });
  const folds = { mailRequests: follow('mailRequests'), mailEvents: follow('mailEvents') };
  const caughtUp = Promise.all([folds.mailRequests.caughtUp, folds.mailEvents.caughtUp]).then(
    () => undefined,
  );
  caughtUp.catch(() => undefined);
  folds.mailRequests.caughtUp.then(steps.requestsEnded, steps.requestsEnded);
  folds.mailEvents.caughtUp.then(steps.eventsEnded, steps.eventsEnded);
  return {
    caughtUp,
    folded: (topic, position) => folds[topic].reached(position),
    async catchUp() {
      await folds.mailRequests.catchUp();
      await folds.mailEvents.catchUp();
    },
    async stop() {
      const stopped = Promise.all([folds.mailRequests.stop(), folds.mailEvents.stop()]);
      steps.requestsEnded();
      steps.eventsEnded();
      await stopped;
    },
  };
}

/**
 * Lets two followers of the past go in step, by the times of their records: events behind the requests of their mails, and
 * requests not far ahead. So nearly every mail comes and ends before its row is written, and few events have to wait for
 * theirs. At each moment one of the two may go on, and times decide nothing but the order.
 */
function createSteps() {
  const reached = new Map<number, number>();
  let events: { readonly partition: number; readonly atMs: number; readonly go: () => void } | undefined;
  let requests: { readonly go: () => void } | undefined;
  const ended = { requests: false, events: false };
  const mayEventsGo = (): boolean =>
    ended.requests || (events !== undefined && events.atMs < (reached.get(events.partition) ?? 0));
  const look = (): void => {
    if (events !== undefined && (mayEventsGo() || ended.events)) {
      events.go();
      events = undefined;
    } else if (requests !== undefined && (ended.events || ended.requests || events !== undefined)) {
      requests.go();
      requests = undefined;
    }
  };
  return {
    async mailRequests(_items: readonly LogItem[]): Promise<void> {
      if (ended.requests || ended.events) return;
      await new Promise<void>((go) => {
        requests = { go };
        look();
      });
    },
    async mailEvents(items: readonly LogItem[]): Promise<void> {
      if (ended.requests || ended.events) return;
      await new Promise<void>((go) => {
        events = { ...lastOf(items), go };
        look();
      });
    },
    folded(topic: MailTopic, items: readonly LogItem[]): void {
      if (topic === 'mailEvents' || ended.requests) return;
      const { partition, atMs } = lastOf(items);
      reached.set(partition, Math.max(atMs, reached.get(partition) ?? 0));
      look();
    },
    requestsEnded(): void {
      ended.requests = true;
      look();
    },
    eventsEnded(): void {
      ended.events = true;
      look();
    },
  };
}

function lastOf(items: readonly LogItem[]): { readonly partition: number; readonly atMs: number } {
  const last = items.findLast(({ result }) => result.ok);
  const atMs = last?.result.ok === true ? (instantMs(last.result.event.time) ?? 0) : 0;
  return { partition: items[0]?.position.partition ?? 0, atMs };
}

interface OnFoldedDeps {
  readonly view: MailView;
  readonly clock: Clock;
  readonly inFlight: InFlight;
  readonly waiters: Pick<CommandWaiters, 'folded'>;
  readonly requests: RequestCache;
  readonly agenda: Agenda;
  readonly pace: Pick<Pace, 'isMoving'>;
  readonly governor: Pick<Governor, 'intentFolded' | 'outcomeFolded'>;
  readonly partitions: () => readonly number[];
  readonly danglingGraceMs: number;
  /** A bulk command has become a command for each mail. */
  readonly bulkExpanded: (commandId: string) => void;
  /** Somebody says that the server works again. */
  readonly resume: () => void;
  /** Counts a record that is not an event of its topic. */
  readonly onUnreadable: () => void;
}

/** What a folded record gives to do: nothing, a look, or a look at rows that may have become due. */
type Consequence = 'nothing' | 'look' | 'rows';

/** What the folding of a batch means for whoever acts. */
export function createOnFolded(deps: OnFoldedDeps): (topic: MailTopic, items: readonly LogItem[]) => void {
  const sparing = { ...deps, resume: atMostEvery(resumePauseMs, deps.clock, deps.resume) };
  return (topic, items) => {
    const consequences = new Set(
      items.map((item) =>
        topic === 'mailRequests' ? requestFolded(deps, item) : eventFolded(sparing, item),
      ),
    );
    if (consequences.has('rows')) {
      deps.agenda.rowsChanged();
    }
    if (consequences.has('rows') || consequences.has('look')) {
      deps.agenda.ring();
    }
  };
}

/** A program may command as often as it likes; a server that rests is not asked that often. */
const resumePauseMs = 10_000;

function atMostEvery(pauseMs: number, clock: Pick<Clock, 'monotonicMs'>, act: () => void): () => void {
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs < notBeforeMs) return;
    notBeforeMs = nowMs + pauseMs;
    act();
  };
}

function requestFolded(
  deps: OnFoldedDeps,
  { position, home, sizeBytes, result, isOwn }: LogItem,
): Consequence {
  const { view, clock, requests, agenda, pace } = deps;
  if (result.ok && (isMailCommand(result.event) || isBulkRequest(result.event))) {
    return 'look';
  }
  if (result.ok && isResumeRequest(result.event)) {
    deps.resume();
    return 'look';
  }
  if (!result.ok || result.event.type !== 'io.postausgang.mail-requested.v1') {
    deps.onUnreadable();
    return 'look';
  }
  if (!deps.partitions().includes(home ?? position.partition)) {
    return 'nothing';
  }
  const mail = view.get(result.event.data.id);
  if (
    mail?.request.offset !== position.offset ||
    mail.request.partition !== position.partition ||
    !isWaiting(mail)
  ) {
    return 'look';
  }
  if (mail.dueAtMs <= clock.nowMs() && pace.isMoving()) {
    requests.remember(result.event.data, sizeBytes, isOwn);
  }
  agenda.mailAdded(mail);
  return 'look';
}

function eventFolded(deps: OnFoldedDeps, { key, position, result }: LogItem): Consequence {
  const { inFlight, waiters, requests, agenda, governor } = deps;
  if (result.ok && isBulkAnswer(result.event)) {
    if (sendsAgain(result.event.data.command)) deps.resume();
    deps.bulkExpanded(result.event.data.command.id);
    return 'nothing';
  }
  if (!result.ok || !isMailEvent(result.event)) {
    deps.onUnreadable();
    return 'nothing';
  }
  if (isSentOnRequest(result.event)) deps.resume();
  const mailId = mailIdOf(result.event);
  inFlight.eventFolded(result.event.id);
  waiters.folded(result.event);
  tellGovernor(governor, result.event, position.partition);
  if (result.event.type === 'io.postausgang.mail-attempt-started.v1') {
    if (inFlight.has(mailId ?? '')) {
      return 'nothing';
    }
    // Not ours: a sweep will ask what became of it.
    agenda.sweepBy(deps.clock.nowMs() + deps.danglingGraceMs);
    return 'look';
  }
  requests.forget(mailId ?? '');
  switch (result.event.type) {
    case 'io.postausgang.mail-deferred.v1':
    case 'io.postausgang.mail-outcome-unknown.v1':
    case 'io.postausgang.mail-released.v1':
    case 'io.postausgang.mail-requeued.v1':
    case 'io.postausgang.mail-resolved.v1':
      return 'rows';
    default:
      // Records are keyed by the ordering key where there is one: the next mail of that key may go now.
      return key === mailId ? 'look' : 'rows';
  }
}

/** Whoever has a mail sent wants to see whether the server works; one of many has been counted with the bulk command. */
function isSentOnRequest(event: MailEvent): boolean {
  switch (event.type) {
    case 'io.postausgang.mail-released.v1':
    case 'io.postausgang.mail-requeued.v1': {
      const { command } = event.data;
      return command !== undefined && sendsAgain(command) && !isOfBulk(command.id);
    }
    default:
      return false;
  }
}

const sendsAgain = ({ verb }: Pick<AnsweredCommand, 'verb'>): boolean =>
  verb === 'release' || verb === 'resend';

/** What limits are measured by. */
function tellGovernor(governor: OnFoldedDeps['governor'], event: MailEvent, partition: number): void {
  const atMs = instantMs(event.time) ?? 0;
  switch (event.type) {
    case 'io.postausgang.mail-attempt-started.v1': {
      const { mailId, chargedTo = partition, recipients } = event.data;
      const attempt = attemptIdentity(event) ?? mailId;
      governor.intentFolded({ mailId, attempt, chargedTo, recipients: recipients.length, atMs });
      return;
    }
    case 'io.postausgang.mail-sent.v1':
    case 'io.postausgang.mail-deferred.v1':
    case 'io.postausgang.mail-failed.v1':
    case 'io.postausgang.mail-outcome-unknown.v1':
      governor.outcomeFolded(event.data.mailId, attemptIdentity(event), atMs);
      return;
    default:
  }
}
