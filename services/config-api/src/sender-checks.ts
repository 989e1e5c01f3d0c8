import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';
import {
  type EventData,
  type SenderCheck,
  type SenderCheckList,
  senderCheckStates,
} from '@postausgang/contracts';
import type { Fold, Publisher, WaitLimits } from '@postausgang/event-log';
import { senderCheck, senderCheckList, type SenderChecksState, senderId } from '@postausgang/settings';
import { appendProblem, outcomeUnknown, type SettingsStore } from './settings/store.ts';

interface SenderChecksOptions {
  readonly fold: Fold<SenderChecksState>;
  readonly publisher: Publisher;
  readonly now: () => Date;
  /** How long a request waits until it comes back through the log. */
  readonly outcomeTimeoutMs: number;
}

/** The checks of senders. */
export interface SenderChecks {
  /** Newest first. */
  list(limit: number): SenderCheckList;
  find(id: string): SenderCheck | undefined;
  /** Asks the mailers for a check; resolves when it can be found. Throws the problems of a failed append. */
  request(data: EventData<'senderCheckRequested'>): Promise<SenderCheck>;
  /** The check when it has finished; undefined when it has not in time. */
  untilFinished(id: string, limits: WaitLimits): Promise<SenderCheck | undefined>;
}

const advice = 'Check the list of checks before you repeat the request.';

/** Looks at the checks of senders, and asks for more. */
export function createSenderChecks(options: SenderChecksOptions): SenderChecks {
  const { fold, publisher, now, outcomeTimeoutMs } = options;
  const find = (id: string): SenderCheck | undefined => senderCheck(fold.state, id, now().getTime());
  const finished = (id: string): SenderCheck | undefined => {
    const check = find(id);
    return check?.state === 'running' ? undefined : check;
  };
  return {
    list: (limit) => senderCheckList(fold.state, limit, now().getTime()),
    find,
    async request(data) {
      try {
        await publisher.publish('senderCheckRequested', data.checkId, data);
      } catch (error) {
        throw appendProblem(error, advice);
      }
      const check = await fold.until(() => find(data.checkId), { timeoutMs: outcomeTimeoutMs });
      if (check === undefined) throw outcomeUnknown(advice);
      return check;
    },
    untilFinished: (id, limits) => fold.until(() => finished(id), limits),
  };
}

/** How many active senders the server accepts, and how many it refuses. */
export function addSenderMetrics(registry: Registry, store: SettingsStore, now: () => Date): void {
  const gauge = new Gauge({
    name: 'postausgang_senders',
    help: 'Active senders by what is known of them: verified, refused, unverified or outdated',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const references = store.references(now().getTime());
      const counts = new Map(senderCheckStates.map((state) => [state, 0]));
      for (const sender of store.state.senders.resources.values()) {
        if (sender.content?.active !== true) continue;
        const { state } = references.senderCheck(senderId(sender), sender.version);
        counts.set(state, (counts.get(state) ?? 0) + 1);
      }
      for (const [state, count] of counts) gauge.set({ state }, count);
    },
  });
}
