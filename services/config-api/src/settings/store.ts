/*
 * The settings as this process knows them, and the way to change them.
 *
 * Decide on read: any number of processes append, none of them asks anybody. An event carries the version it was
 * made for, and every reader folds by the same two rules: an id that was seen is ignored, an event for another
 * version than the current one changes nothing. So a writer learns what became of its event only by reading it back:
 *
 *   check locally → seal → append → wait until the own event id comes through the follower → its verdict
 *
 * - The verdict counts, not the append: a durable event may have lost against one that came before it.
 * - A write whose answer does not come in time may still take effect. It is answered with `outcome-unknown`; a
 *   repetition with the same id is the same event, so it cannot take effect twice.
 * - Nobody but the follower changes the state.
 */
import type { Logger } from 'pino';
import type { EventData, TopicName } from '@postausgang/contracts';
import { type EventLog, EventLogError, problemCodeOf, type Publisher } from '@postausgang/event-log';
import { ProblemError } from '@postausgang/http';
import { createSettingsState, evolveSettings, type SettingsState, type Verdict } from '@postausgang/settings';
import { createFold, type Fold } from '../fold.ts';

/**
 * What to answer when an event could not be appended. Other errors are passed on as they are. `advice` says how to
 * go on where nobody knows whether it was.
 */
export function appendProblem(error: unknown, advice: string): unknown {
  if (!(error instanceof EventLogError)) return error;
  const code = problemCodeOf(error);
  if (code === 'outcome-unknown') return outcomeUnknown(advice);
  return new ProblemError(code, code === 'overloaded' ? { headers: { 'retry-after': '1' } } : {});
}

/** The event is on its way to the log, and nobody knows whether it arrived. */
export function outcomeUnknown(advice: string): ProblemError {
  const detail = `Whether this took effect is not known yet. ${advice}`;
  return new ProblemError('outcome-unknown', { detail, headers: { 'retry-after': '1' } });
}

interface SettingsStoreOptions {
  readonly log: EventLog;
  readonly publisher: Publisher;
  readonly logger: Logger;
  /** How long a writer waits for its own event. */
  readonly outcomeTimeoutMs: number;
}

type SettingsEventName =
  | 'settingsChanged'
  | 'exchangeConnectionChanged'
  | 'certificateChanged'
  | 'credentialExpiring'
  | 'apiKeyCreated'
  | 'apiKeyRevoked';

export interface SettingsStore extends Omit<Fold<SettingsState>, 'until'> {
  /**
   * Appends an event and waits for what it does to the fold; `key` is the resource. Throws the problems
   * `log-full`, `overloaded`, `log-unavailable`, `stopping` and `outcome-unknown`.
   */
  write<Name extends SettingsEventName>(
    name: Name,
    key: string,
    data: EventData<Name>,
    event: { readonly id: string; readonly time: string },
  ): Promise<Verdict>;
}

/** How to go on when nobody knows what became of an event. */
const repeatable = 'It is safe to repeat the request with the same If-Match and the same Idempotency-Key.';

const advice: Readonly<Record<SettingsEventName, string>> = {
  settingsChanged: repeatable,
  exchangeConnectionChanged: repeatable,
  certificateChanged: repeatable,
  credentialExpiring: 'It is repeated by itself.',
  apiKeyCreated:
    'Look at the list of keys before you repeat the request, and revoke a key that nobody knows.',
  apiKeyRevoked: 'It is safe to repeat the request.',
};

type Observer = (eventId: string, verdict: Verdict) => void;

const topic: TopicName = 'settings';

/** Follows the settings topic. */
export function createSettingsStore(options: SettingsStoreOptions): SettingsStore {
  const { log, publisher, logger, outcomeTimeoutMs } = options;
  const observers = new Set<Observer>();
  const fold = createFold({
    log,
    logger,
    topic,
    state: createSettingsState(),
    evolve: evolveSettings,
    onVerdict({ id }, verdict) {
      for (const observer of observers) observer(id, verdict);
    },
  });

  async function verdictOn(eventId: string, append: () => Promise<unknown>): Promise<Verdict | undefined> {
    let first: Verdict | undefined;
    const observer: Observer = (id, verdict) => {
      if (id === eventId) first ??= verdict;
    };
    const waiting = new AbortController();
    observers.add(observer);
    try {
      const verdict = fold.until(() => first, { timeoutMs: outcomeTimeoutMs, signal: waiting.signal });
      await Promise.race([append(), verdict]);
      return await verdict;
    } finally {
      waiting.abort();
      observers.delete(observer);
    }
  }

  return {
    caughtUp: fold.caughtUp,
    state: fold.state,
    reached: (offset) => fold.reached(offset),
    unreadableRecords: () => fold.unreadableRecords(),
    stop: () => fold.stop(),
    async write(name, key, data, { id, time }) {
      try {
        const verdict = await verdictOn(id, () => publisher.publish(name, key, data, { id, time }));
        if (verdict !== undefined) return verdict;
      } catch (error) {
        throw appendProblem(error, advice[name]);
      }
      throw outcomeUnknown(advice[name]);
    },
  };
}
