import {
  type Attempt,
  type Decisions,
  type EventData,
  type EventName,
  type EventOf,
  events,
  failure,
  type MailRequested,
} from '@postausgang/contracts';
import { evolve } from '../../packages/mail/src/evolve.ts';
import type { EventPlace, MailEvent } from '../../packages/mail/src/mail-event.ts';
import type { Mail, MailRow } from '../../packages/mail/src/mail.ts';

export const acceptedAt = '2026-11-23T08:00:00.000Z';
export const acceptedAtMs = Date.parse(acceptedAt);
export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;

export const place: EventPlace = { partition: 0, offset: 7, key: 'mail-1' };

export function eventOf<Name extends EventName>(
  name: Name,
  data: EventData<Name>,
  { id = `${name}-1`, time = acceptedAt }: { id?: string; time?: string } = {},
): EventOf<Name> {
  return { id, type: events[name].type, source: '/test', time, data } as EventOf<Name>;
}

export function request(to: readonly string[], more: Partial<MailRequested> = {}): MailRequested {
  return { id: 'mail-1', to: to.map((address) => ({ address })), subject: 'Hi', payloadDigest: 'd', ...more };
}

export const decisions: Decisions = {
  serverId: 'default',
  sender: 'default',
  from: { address: 'erp@acme.example' },
  envelopeFrom: 'erp@acme.example',
  copies: [],
};

export const about = {
  mailId: 'mail-1',
  messageId: '<1@acme.example>',
  businessReference: null,
  metadata: {},
};

export function attempt(number: number, more: Partial<Attempt> = {}): Attempt {
  return {
    number,
    startedAt: acceptedAt,
    endedAt: new Date(acceptedAtMs + number * 1000).toISOString(),
    settingsVersion: 3,
    server: 'mail.test:25',
    tls: null,
    outcome: 'sent',
    reply: null,
    failure: null,
    ...more,
  };
}

export function started(number: number, recipients: string[], more: Partial<Decisions> = {}) {
  const open = attempt(number, { endedAt: null, outcome: null });
  return eventOf('mailAttemptStarted', {
    ...about,
    attempt: open,
    decisions: { ...decisions, ...more },
    recipients,
  });
}

type Results = EventData<'mailSent'>['recipients'];
const outcomeData = (state: EventData<'mailSent'>['state'], ended: Attempt | null, recipients: Results) => ({
  ...about,
  state,
  attempt: ended,
  decisions,
  recipients,
});

export const sent = (number: number, recipients: Results, state: EventData<'mailSent'>['state'] = 'sent') =>
  eventOf('mailSent', outcomeData(state, attempt(number), recipients));

export const deferred = (number: number, recipients: Results, nextAttemptAt: string) => {
  const data = outcomeData('deferred', attempt(number, { outcome: 'deferred' }), recipients);
  return eventOf('mailDeferred', { ...data, nextAttemptAt, failure: failure('recipient-deferred') });
};

export const failed = (
  number: number | null,
  recipients: Results,
  state: 'failed' | 'expired' = 'failed',
) => {
  const ended = number === null ? null : attempt(number, { outcome: 'failed' });
  return eventOf('mailFailed', {
    ...outcomeData(state, ended, recipients),
    failure: failure('recipient-refused'),
  });
};

export const unknown = (number: number, recipients: Results) => {
  const data = outcomeData('unknown', attempt(number, { outcome: 'unknown' }), recipients);
  return eventOf('mailOutcomeUnknown', { ...data, failure: failure('outcome-unknown') });
};

export const held = (id: string) => eventOf('mailHeld', { ...about, reason: 'mail-disabled' }, { id });
export const released = (id: string) => eventOf('mailReleased', { ...about, reason: 'mail-enabled' }, { id });

export const fold = (events: readonly MailEvent[], from?: MailRow): MailRow | undefined =>
  events.reduce<MailRow | undefined>((row, event) => evolve(row, event, place), from);

/** The mail after a request and what followed. */
export function mailAfter(
  to: readonly string[],
  events: readonly MailEvent[],
  more?: Partial<MailRequested>,
): Mail {
  const row = fold([eventOf('mailRequested', request(to, more)), ...events]);
  if (row === undefined || row.state === 'awaited') throw new Error('no mail');
  return row;
}
