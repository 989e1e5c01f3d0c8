import { readRecord, topics } from '@postausgang/contracts';
import {
  type EventLog,
  type Follower,
  followEvents,
  type LogItem,
  type Position,
} from '@postausgang/event-log';
import {
  attemptIdentity,
  instantMs,
  isMailCommand,
  isMailEvent,
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

/** How far both topics are folded, for whoever waits for a position. */
interface Progress {
  advance(topic: MailTopic, items: readonly LogItem[]): void;
  /** Where folding goes on after a start: everything before is folded. */
  begin(topic: MailTopic, positions: readonly Position[]): void;
  /** Resolves when the record at this position is folded. */
  reached(topic: MailTopic, position: Position): Promise<void>;
}

interface Waiter extends Position {
  readonly topic: MailTopic;
  readonly resolve: () => void;
}

function createProgress(): Progress {
  const next = { mailRequests: new Map<number, number>(), mailEvents: new Map<number, number>() };
  let waiters: Waiter[] = [];
  const isFolded = (topic: MailTopic, { partition, offset }: Position): boolean =>
    (next[topic].get(partition) ?? 0) > offset;
  const resolveReached = (): void => {
    const reached = waiters.filter((waiter) => isFolded(waiter.topic, waiter));
    if (reached.length > 0) {
      waiters = waiters.filter((waiter) => !isFolded(waiter.topic, waiter));
      reached.forEach(({ resolve }) => resolve());
    }
  };
  return {
    begin(topic, positions) {
      positions.forEach(({ partition, offset }) => next[topic].set(partition, offset));
      resolveReached();
    },
    advance(topic, items) {
      items.forEach(({ position }) => next[topic].set(position.partition, position.offset + 1));
      resolveReached();
    },
    reached: (topic, position) =>
      isFolded(topic, position)
        ? Promise.resolve()
        : new Promise((resolve) => void waiters.push({ topic, ...position, resolve })),
  };
}

/**
 * Whether the view was made from this log: the last record it has seen of each partition is still what it was. It is
 * not when the log was replaced, or restored to an older state.
 */
async function isOfThisLog(view: MailView, log: EventLog): Promise<boolean> {
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
  const result = readRecord(record);
  return lastEventId === (result.ok ? result.event.id : null);
}

interface MailFollowerOptions {
  readonly log: EventLog;
  readonly view: MailView;
  /** Called after a batch is folded. */
  readonly onFolded: (topic: MailTopic, items: readonly LogItem[]) => void;
  /** The view cannot be written: folding has ended for good. */
  readonly onFailure: (error: unknown) => void;
}

export interface MailFollower {
  /** Resolves when both topics are folded up to the end that was current at the start. */
  readonly caughtUp: Promise<void>;
  /** Resolves when everything that lies in both topics at the time of the call is folded. */
  catchUp(): Promise<void>;
  /** Resolves when the record at this position is folded. */
  folded(topic: MailTopic, position: Position): Promise<void>;
  stop(): Promise<void>;
}

const both: readonly MailTopic[] = ['mailRequests', 'mailEvents'];

/** Folds both mail topics into the view: the requests first, so that few events have to wait for theirs. */
export function followMail({ log, view, onFolded, onFailure }: MailFollowerOptions): MailFollower {
  const followers: Follower[] = [];
  const progress = createProgress();
  let ended = false;

  const fold = (topic: MailTopic, items: readonly LogItem[]): void => {
    if (ended) {
      return;
    }
    try {
      view.apply(topic, items);
      onFolded(topic, items);
      progress.advance(topic, items);
    } catch (error) {
      ended = true;
      onFailure(error);
    }
  };
  const follow = (topic: MailTopic): Promise<void> => {
    const from = view.positions(topic);
    progress.begin(topic, from);
    const follower = followEvents(log, topic, from, (items) => fold(topic, items));
    followers.push(follower);
    return follower.caughtUp;
  };
  const start = async (): Promise<void> => {
    if (!(await isOfThisLog(view, log))) {
      view.reset();
    }
    for (const topic of both) {
      if (!ended) {
        await follow(topic);
      }
    }
  };
  return {
    caughtUp: start(),
    folded: (topic, position) => progress.reached(topic, position),
    async catchUp() {
      for (const topic of both) {
        const ends = await endOf(log, topic, view.positions(topic));
        await Promise.all(ends.map((position) => progress.reached(topic, position)));
      }
    },
    async stop() {
      ended = true;
      await Promise.all(followers.map((follower) => follower.stop()));
    },
  };
}

/** The last position of each partition that has something new; read without folding it. */
async function endOf(
  log: EventLog,
  topic: MailTopic,
  from: readonly Position[],
): Promise<readonly Position[]> {
  const ends = new Map<number, Position>();
  const follower = log.follow(topics[topic].name, from, (records) => {
    for (const { position } of records) {
      ends.set(position.partition, position);
    }
  });
  await follower.caughtUp;
  await follower.stop();
  return [...ends.values()];
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
  /** Counts a record that is not an event of its topic. */
  readonly onUnreadable: () => void;
}

/** What a folded record gives to do: nothing, a look, or a look at rows that may have become due. */
type Consequence = 'nothing' | 'look' | 'rows';

/** What the folding of a batch means for whoever acts. */
export function createOnFolded(deps: OnFoldedDeps): (topic: MailTopic, items: readonly LogItem[]) => void {
  return (topic, items) => {
    const folded = topic === 'mailRequests' ? requestFolded : eventFolded;
    const consequences = new Set(items.map((item) => folded(deps, item)));
    if (consequences.has('rows')) {
      deps.agenda.rowsChanged();
    }
    if (consequences.has('rows') || consequences.has('look')) {
      deps.agenda.ring();
    }
  };
}

function requestFolded(deps: OnFoldedDeps, { position, sizeBytes, result, isOwn }: LogItem): Consequence {
  const { view, clock, requests, agenda, pace } = deps;
  if (result.ok && isMailCommand(result.event)) {
    return 'look';
  }
  if (!result.ok || result.event.type !== 'io.postausgang.mail-requested.v1') {
    deps.onUnreadable();
    return 'look';
  }
  if (!deps.partitions().includes(position.partition)) {
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
  if (!result.ok || !isMailEvent(result.event)) {
    deps.onUnreadable();
    return 'nothing';
  }
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
