/*
 * One word about the whole, in the header of every view: whether mail goes out, and if not, why. It leads to the cause. What
 * needs a person comes before what ends by itself, and what keeps all mail before what concerns a part.
 */
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { mailEvents, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { OutgoingServerView, QueueStatus } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { formatClock, texts } from '../../i18n.ts';
import { html, type Tone } from '../../parts/elements.ts';
import { linkTo } from '../../router.ts';

export const healthTexts = texts({
  de: {
    label: (text: string) => `Zustand: ${text}`,
    held: 'Angehalten',
    off: 'Versand aus',
    standstill: (since: string) => (since === '' ? 'Steht' : `Steht seit ${since}`),
    notApplied: 'Änderung nicht aktiv',
    noMailer: 'Kein Mailer',
    hold: 'Zurückgehalten',
    redirect: 'Umgeleitet',
    limited: (until: string) => (until === '' ? 'Gedrosselt' : `Gedrosselt bis ${until}`),
    reading: (share: string) => `Liest Vorgeschichte, ${share}`,
    pending: 'Wird übernommen',
    running: 'Läuft',
    badge: (count: number) => (count === 1 ? '1 braucht Aufmerksamkeit' : `${count} brauchen Aufmerksamkeit`),
  },
  en: {
    label: (text: string) => `State: ${text}`,
    held: 'On hold',
    off: 'Sending is off',
    standstill: (since: string) => (since === '' ? 'Standstill' : `Standstill since ${since}`),
    notApplied: 'Change is not active',
    noMailer: 'No mailer',
    hold: 'Mail is held',
    redirect: 'Redirected',
    limited: (until: string) => (until === '' ? 'Throttled' : `Throttled until ${until}`),
    reading: (share: string) => `Reading the history, ${share}`,
    pending: 'Being applied',
    running: 'Running',
    badge: (count: number) => (count === 1 ? '1 needs attention' : `${count} need attention`),
  },
});

/** What is known; null: the person may not see it, or it is not loaded yet. */
interface Known {
  readonly heldFor: string | null;
  readonly sendingMode: string;
  readonly queue: Pick<QueueStatus, 'state' | 'standstill' | 'limits' | 'history'> | null;
  readonly applied: OutgoingServerView['applied'] | null;
}

interface Health {
  readonly state: string;
  readonly tone: Tone;
  readonly text: string;
  /** The view that shows the cause; null: the notice above every view does. */
  readonly view: string | null;
}

function healthOf({ heldFor, sendingMode, queue, applied }: Known): Health {
  const t = healthTexts();
  if (heldFor !== null) return { state: 'held', tone: 'bad', text: t.held, view: null };
  if (queue?.state === 'disabled') return { state: 'off', tone: 'warn', text: t.off, view: 'server' };
  if (queue?.state === 'standstill') {
    const text = t.standstill(formatClock(queue.standstill?.since ?? null));
    return { state: 'standstill', tone: 'bad', text, view: 'mails' };
  }
  if (applied?.state === 'failed') {
    return { state: 'not-applied', tone: 'bad', text: t.notApplied, view: 'server' };
  }
  if (applied?.state === 'no-mailer') {
    return { state: 'no-mailer', tone: 'bad', text: t.noMailer, view: 'server' };
  }
  if (sendingMode === 'hold') return { state: 'hold', tone: 'warn', text: t.hold, view: 'sending-mode' };
  if (sendingMode === 'redirect') {
    return { state: 'redirect', tone: 'warn', text: t.redirect, view: 'sending-mode' };
  }
  if (queue?.state === 'limited') {
    const text = t.limited(formatClock(queue.limits.reached?.retryAt ?? null));
    return { state: 'limited', tone: 'warn', text, view: 'mails' };
  }
  if (queue !== null && queue.history.state !== 'complete') {
    const { readEvents, totalEvents } = queue.history;
    const share = `${Math.floor((100 * readEvents) / Math.max(1, totalEvents))} %`;
    return { state: 'history', tone: 'info', text: t.reading(share), view: 'mails' };
  }
  if (applied?.state === 'pending' && applied.version > 0) {
    return { state: 'pending', tone: 'info', text: t.pending, view: 'server' };
  }
  return { state: 'running', tone: 'good', text: t.running, view: 'mails' };
}

const path = { id: 'default' };
const serverEvents = ['settings-changed', 'settings-applied', 'mailer-started', 'mailer-stopped'];
const environmentEvents = ['sending-mode-changed', 'environment-confirmed'];
/** A server that stops answering tells no event. */
const againMs = 5000;

async function loadKnown(): Promise<Known> {
  const [environment, queue, server] = await Promise.all([
    call('GET /v1/environment', {}),
    may('mail:read') ? call('GET /v1/queue', {}) : null,
    may('settings:read') ? call('GET /v1/outgoing-servers/{id}', { path }) : null,
  ]);
  const { heldFor, sendingMode } = environment;
  return { heldFor, sendingMode, queue, applied: server?.applied ?? null };
}

/** What stands beside a section: how much in it needs a person. */
export type Badges = Readonly<Partial<Record<'mails' | 'certificates', number>>>;

/** What ends within so many days needs a person. */
export const soonDays = 60;
const badgesAgainMs = 30_000;

async function loadBadges(): Promise<Badges> {
  const [queue, statistics, credentials] = await Promise.all([
    may('mail:read') ? call('GET /v1/queue', {}) : null,
    may('mail:read:all') ? call('GET /v1/statistics', {}) : null,
    may('settings:read') ? call('GET /v1/credentials', {}) : null,
  ]);
  const { failed = 0, expired = 0, partlySent = 0 } = statistics?.totals ?? {};
  return {
    mails: (queue?.mails.unknown ?? 0) + failed + expired + partlySent,
    certificates: credentials?.items.filter(({ daysLeft }) => daysLeft <= soonDays).length ?? 0,
  };
}

/** Mails that need a decision or failed in the last 24 hours, and what expires within 60 days. */
export function useBadges(): Badges {
  const { data, reload } = useLoaded('badges', loadBadges);
  useLive([...mailEvents, 'certificate-changed', 'exchange-connection-changed'], useCalm(reload, 2_000));
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && reload(), badgesAgainMs);
    return () => clearInterval(timer);
  }, []);
  return data ?? {};
}

export function HealthPill(): VNode | null {
  const { data, reload } = useLoaded('health', loadKnown);
  useLive([...serverEvents, ...environmentEvents, ...mailEvents], useCalm(reload, 500));
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && reload(), againMs);
    return () => clearInterval(timer);
  }, []);
  if (data === undefined) return null;
  const { state, tone, text, view } = healthOf(data);
  const shared = {
    id: 'health',
    class: `badge pill ${tone}`,
    'data-state': state,
    'aria-label': healthTexts().label(text),
  };
  const showNotice = (): void => document.getElementById('environment')?.scrollIntoView({ block: 'center' });
  return view === null
    ? html`<button type="button" ...${shared} onClick=${showNotice}>${text}</button>`
    : html`<a ...${shared} href=${linkTo(view)}>${text}</a>`;
}
