/*
 * The settings as this process knows them, and the way to change them.
 *
 * Decide on read: any number of processes append, none of them asks anybody. An event carries the version it was
 * made for, and every reader folds by the same two rules: an id that was seen is ignored, an event for another
 * version than the current one changes nothing. So a writer learns what became of its event only by reading it back:
 *
 *   check locally → seal → append → wait until the own event id comes through the fold → its verdict
 *
 * - The verdict counts, not the append: a durable event may have lost against one that came before it.
 * - A write whose answer does not come in time may still take effect. It is answered with `outcome-unknown`; a
 *   repetition with the same id is the same event, so it cannot take effect twice.
 * - Nobody but the fold changes the state.
 */
import type { EventData } from '@postausgang/contracts';
import { EventLogError, type Fold, problemCodeOf, type Publisher } from '@postausgang/event-log';
import { ProblemError } from '@postausgang/http';
import {
  type IdentityHosts,
  type References,
  referencesOf,
  type SenderChecksState,
  type SettingsState,
  type Verdict,
} from '@postausgang/settings';

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
  const detail = `It is not known yet whether the change took effect. ${advice}`;
  return new ProblemError('outcome-unknown', { detail, headers: { 'retry-after': '1' } });
}

interface SettingsStoreOptions {
  readonly settings: Fold<SettingsState, Verdict>;
  readonly publisher: Publisher;
  /** Where the operator lets the mailer sign in as itself. */
  readonly identityHosts: IdentityHosts;
  /** See `References`. */
  readonly hasTestMailbox: boolean;
  /** What is known of the senders. */
  readonly senderChecks: SenderChecksState;
  /** How long a writer waits for its own event. */
  readonly outcomeTimeoutMs: number;
}

type SettingsEventName =
  | 'settingsChanged'
  | 'settingsConfirmed'
  | 'exchangeConnectionChanged'
  | 'certificateChanged'
  | 'senderChanged'
  | 'sendingModeChanged'
  | 'credentialExpiring'
  | 'apiKeyCreated'
  | 'apiKeyRevoked'
  | 'environmentConfirmed'
  | 'sessionEnded';

export interface SettingsStore {
  /** Read it, do not change it. */
  readonly state: SettingsState;
  /** What the settings have to say about each other, see `referencesOf`. */
  references(nowMs?: number): References;
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
  settingsConfirmed: repeatable,
  exchangeConnectionChanged: repeatable,
  certificateChanged: repeatable,
  senderChanged: repeatable,
  sendingModeChanged: repeatable,
  credentialExpiring: 'It is repeated by itself.',
  apiKeyCreated:
    'Look at the list of keys before you repeat the request, and revoke a key that nobody knows.',
  apiKeyRevoked: 'It is safe to repeat the request.',
  environmentConfirmed: 'It is safe to repeat the request.',
  sessionEnded: 'Here the session has ended. It is safe to repeat the request.',
};

/** The settings to read and to write. */
export function createSettingsStore(options: SettingsStoreOptions): SettingsStore {
  const { settings, publisher, identityHosts, hasTestMailbox, senderChecks, outcomeTimeoutMs } = options;

  async function verdictOn(eventId: string, append: () => Promise<unknown>): Promise<Verdict | undefined> {
    const waiting = new AbortController();
    try {
      const limits = { timeoutMs: outcomeTimeoutMs, signal: waiting.signal };
      const verdict = settings.verdictOn(eventId, limits);
      await Promise.race([append(), verdict]);
      return await verdict;
    } finally {
      waiting.abort();
    }
  }

  return {
    state: settings.state,
    references: (nowMs) => referencesOf(settings.state, nowMs, identityHosts, hasTestMailbox, senderChecks),
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
