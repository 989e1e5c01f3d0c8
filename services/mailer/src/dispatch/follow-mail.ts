import { topics } from '@postausgang/contracts';
import {
  type EventLog,
  followEvents,
  type Follower,
  type LogItem,
  type Position,
} from '@postausgang/event-log';
import type { MailTopic, MailView } from '../view/mail-view.ts';
import { createProgress } from './progress.ts';
import { isOfThisLog } from './same-log.ts';

export interface MailFollowerOptions {
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
