import type { Logger } from 'pino';
import type { ContentStore } from '@postausgang/content-store';
import { topics } from '@postausgang/contracts';
import type { MailView } from '../view/mail-view.ts';
import type { Clock } from './clock.ts';

interface ContentPruningDeps {
  readonly store: Pick<ContentStore, 'prune'>;
  readonly view: Pick<MailView, 'get' | 'inState'>;
  /** How long requests stay in the log. Default: as in Kafka. */
  readonly retentionMs?: number | undefined;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** Takes large content away that no mail can need any more, once a day. */
interface ContentPruning {
  /** To be called when the view knows every waiting mail. */
  start(): void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

const dayMs = 24 * 60 * 60 * 1000;
const unfinished = ['queued', 'sending', 'deferred', 'held'] as const;
const allPartitions = Array.from({ length: topics.mailRequests.partitions }, (_, partition) => partition);

/**
 * The requests stay in their topic for its retention, so their content does too. What still waits after that keeps its
 * content: whatever was put since a day before the oldest of them was accepted stays.
 */
export function createContentPruning({
  store,
  view,
  retentionMs = topics.mailRequests.retentionMs,
  clock,
  logger,
}: ContentPruningDeps): ContentPruning {
  let cancel = (): void => undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  const prune = async (): Promise<void> => {
    const olderThan = new Date(Math.min(clock.nowMs() - retentionMs, keptSince(view)));
    try {
      const removed = await store.prune(olderThan);
      if (removed > 0) {
        logger.info({ removed }, 'content that no mail needs any more was removed');
      }
    } catch (error) {
      logger.warn({ err: error }, 'the content store could not be pruned; trying again tomorrow');
    }
  };
  const again = (): void => {
    running = prune().then(() => {
      if (!stopped) {
        cancel = clock.setTimer(dayMs, again);
      }
    });
  };
  return {
    start() {
      if (!stopped) {
        again();
      }
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}

function keptSince(view: ContentPruningDeps['view']): number {
  const oldest = unfinished.flatMap((state) => view.inState(state, allPartitions, 1));
  const acceptedAtMs = oldest.map((id) => view.get(id)?.acceptedAtMs ?? Number.POSITIVE_INFINITY);
  return Math.min(...acceptedAtMs) - dayMs;
}
