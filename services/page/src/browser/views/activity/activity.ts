/*
 * What happens right now, and what never became a mail: events as they come, by kind, and the requests that were refused. Nothing is
 * kept: whoever opens the view sees what happens from then on. While it is paused, what arrives waits, so that it can be read.
 */
import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { type LiveEvent, liveEvents, mailEvents, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { RefusedRequestList } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatInstant, formatTime, sentence, texts } from '../../i18n.ts';
import { Empty, html, Loading, ProblemNotice, ViewTitle } from '../../parts/elements.ts';
import { linkTo, linkWith, useSearch } from '../../router.ts';

type EventTexts = Readonly<Record<string, string>>;
type Kind = 'all' | 'mails' | 'settings' | 'tests' | 'mailers';
type RefusedRequest = RefusedRequestList['items'][number];

const activityTexts = texts({
  de: {
    intro: 'Was gerade geschieht, und Anforderungen, aus denen keine E-Mail wurde.',
    live: 'Ereignisse',
    kinds: { all: 'Alle', mails: 'E-Mails', settings: 'Einstellungen', tests: 'Tests', mailers: 'Mailer' },
    kind: 'Art der Ereignisse',
    pause: 'Anhalten',
    goOn: 'Fortsetzen',
    waiting: (count: number) => (count === 1 ? '1 neues Ereignis' : `${count} neue Ereignisse`),
    quiet: 'Noch kein Ereignis, seit die Ansicht offen ist.',
    openMail: 'E-Mail ansehen',
    by: (name: string) => `von ${name}`,
    refused: 'Abgelehnte Anforderungen',
    noneRefused: 'Es wurde keine Anforderung abgelehnt.',
    position: (partition: number, offset: number) => `Partition ${partition}, Offset ${offset}`,
    support: 'Datei für den Support',
    supportHelp:
      'Version, Zustand, Einstellungen, Warteschlange und Metriken, ohne Geheimnisse und ohne E-Mails. Sehen Sie sie durch, bevor Sie ' +
      'sie weitergeben: Namen von Servern, Benutzern und Absendern stehen darin.',
    download: 'Herunterladen',
    refusals: {
      unreadable: 'Nicht lesbar',
      invalid: 'Ungültig',
      'idempotency-conflict': 'Idempotency-Key schon für anderen Inhalt verwendet',
      'mail-disabled': 'Versand war deaktiviert',
      'sender-not-allowed': 'Absender nicht erlaubt',
    } as EventTexts,
    events: {
      'settings-changed': 'Einstellungen geändert',
      'environment-confirmed': 'Umgebung bestätigt',
      'exchange-connection-changed': 'Exchange-Verbindung geändert',
      'certificate-changed': 'Zertifikat geändert',
      'sender-changed': 'Absender geändert',
      'sending-mode-changed': 'Sendemodus geändert',
      'settings-applied': 'Einstellungen übernommen',
      'mailer-started': 'Mailer gestartet',
      'mailer-stopped': 'Mailer beendet',
      'connection-test-requested': 'Verbindungstest begonnen',
      'connection-test-progressed': 'Verbindungstest läuft',
      'connection-test-result': 'Verbindungstest beendet',
      'sender-checked': 'Absender geprüft',
      'mail-attempt-started': 'Übertragung begonnen',
      'mail-sent': 'E-Mail gesendet',
      'mail-deferred': 'Erneuter Versuch geplant',
      'mail-failed': 'E-Mail fehlgeschlagen',
      'mail-outcome-unknown': 'Ausgang unklar',
      'mail-held': 'E-Mail zurückgehalten',
      'mail-released': 'E-Mail freigegeben',
      'mail-cancelled': 'Versand abgebrochen',
      'mail-resolved': 'Ausgang festgelegt',
      'mail-requeued': 'Erneut in die Warteschlange gestellt',
      'mail-lookup-ended': 'Beim Server geprüft',
      'mail-command-declined': 'Aktion nicht ausgeführt',
      'mail-refused': 'Anforderung abgelehnt',
    } as EventTexts,
  },
  en: {
    intro: 'What happens right now, and requests that did not become a mail.',
    live: 'Events',
    kinds: { all: 'All', mails: 'Mails', settings: 'Settings', tests: 'Tests', mailers: 'Mailers' },
    kind: 'Kind of events',
    pause: 'Pause',
    goOn: 'Resume',
    waiting: (count: number) => (count === 1 ? '1 new event' : `${count} new events`),
    quiet: 'No event since the view was opened.',
    openMail: 'View the mail',
    by: (name: string) => `by ${name}`,
    refused: 'Refused requests',
    noneRefused: 'No request was refused.',
    position: (partition: number, offset: number) => `Partition ${partition}, offset ${offset}`,
    support: 'File for support',
    supportHelp:
      'Version, state, settings, queue and metrics, without secrets and mail. Look at it before you pass it on: it contains names of ' +
      'servers, users and senders.',
    download: 'Download',
    refusals: {
      unreadable: 'Unreadable',
      invalid: 'Invalid',
      'idempotency-conflict': 'Idempotency key was used for other content',
      'mail-disabled': 'Sending was disabled',
      'sender-not-allowed': 'Sender is not allowed',
    } as EventTexts,
    events: {
      'settings-changed': 'Settings changed',
      'environment-confirmed': 'Environment confirmed',
      'exchange-connection-changed': 'Exchange connection changed',
      'certificate-changed': 'Certificate changed',
      'sender-changed': 'Sender changed',
      'sending-mode-changed': 'Sending mode changed',
      'settings-applied': 'Settings applied',
      'mailer-started': 'Mailer started',
      'mailer-stopped': 'Mailer stopped',
      'connection-test-requested': 'Connection test started',
      'connection-test-progressed': 'Connection test in progress',
      'connection-test-result': 'Connection test finished',
      'sender-checked': 'Sender checked',
      'mail-attempt-started': 'Transfer started',
      'mail-sent': 'Mail sent',
      'mail-deferred': 'Retry scheduled',
      'mail-failed': 'Mail failed',
      'mail-outcome-unknown': 'Outcome unclear',
      'mail-held': 'Mail held',
      'mail-released': 'Mail released',
      'mail-cancelled': 'Mail cancelled',
      'mail-resolved': 'Outcome set',
      'mail-requeued': 'Back in the queue',
      'mail-lookup-ended': 'Checked with the server',
      'mail-command-declined': 'Action not carried out',
      'mail-refused': 'Request refused',
    } as EventTexts,
  },
});

const kinds = ['all', 'mails', 'settings', 'tests', 'mailers'] as const satisfies readonly Kind[];

function kindOf(name: string): Kind {
  if (mailEvents.includes(name) || name === 'mail-refused') return 'mails';
  if (name.startsWith('connection-test') || name === 'sender-checked') return 'tests';
  return name.startsWith('mailer-') || name === 'settings-applied' ? 'mailers' : 'settings';
}

/** What is shown of all that has come; older events make room. */
const mostEvents = 200;

interface Arrived extends LiveEvent {
  readonly key: number;
}

/** The whole view. */
export function View(): VNode {
  const t = activityTexts();
  return html`
    <${ViewTitle}>${common().activity}<//>
    <p class="lead">${t.intro}</p>
    <section class="card" aria-labelledby="live-title"><${Live} /></section>
    <section class="card" aria-labelledby="refused-title"><${Refused} /></section>
    ${
      may('admin') &&
      html`<section class="card" aria-labelledby="support-title">
        <h2 id="support-title">${t.support}</h2>
        <p>${t.supportHelp}</p>
        <div class="actions"><a class="button" href="./v1/support-bundle" download>${t.download}</a></div>
      </section>`
    }
  `;
}

function Live(): VNode {
  const t = activityTexts();
  const wanted = useSearch()['kind'] ?? 'all';
  const kind = kinds.find((one) => one === wanted) ?? 'all';
  const arrived = useRef<readonly Arrived[]>([]);
  const [shown, show] = useState<readonly Arrived[]>([]);
  const [isPaused, pause] = useState(false);
  const [, redraw] = useState(0);
  const refresh = useCalm(() => (isPaused ? redraw(arrived.current.length) : show(arrived.current)));
  useLive(liveEvents, (event) => {
    if (event.name === 'reset') return;
    const key = (arrived.current[0]?.key ?? 0) + 1;
    arrived.current = [{ ...event, key }, ...arrived.current].slice(0, mostEvents);
    refresh();
  });
  const goOn = (): void => {
    show(arrived.current);
    pause(false);
  };
  const newest = shown[0]?.key ?? 0;
  const waiting = arrived.current.filter(({ key }) => key > newest).length;
  const visible = shown.filter(({ name }) => kind === 'all' || kindOf(name) === kind);
  return html`
    <div class="overview-head">
      <h2 id="live-title">${t.live}</h2>
      <div class="segmented" role="group" aria-label=${t.kind}>
        ${kinds.map(
          (one) =>
            html`<button
              type="button"
              key=${one}
              aria-pressed=${one === kind}
              onClick=${() => (location.hash = linkWith({ kind: one === 'all' ? '' : one }, 'activity'))}
            >
              ${t.kinds[one]}
            </button>`,
        )}
      </div>
      <button type="button" onClick=${isPaused ? goOn : () => pause(true)}>
        ${isPaused ? t.goOn : t.pause}
      </button>
      ${isPaused && waiting > 0 && html`<span class="muted">${t.waiting(waiting)}</span>`}
    </div>
    ${visible.length === 0 && html`<p class="muted">${t.quiet}</p>`}
    <ul class="rows" id="events">
      ${visible.map((event) => html`<${EventRow} key=${event.key} event=${event} />`)}
    </ul>
  `;
}

function EventRow({ event: { name, time, data } }: { event: Arrived }): VNode {
  const t = activityTexts();
  const { mailId, changedBy, requestedBy, mailerId } = data;
  const who = [changedBy, requestedBy].find((one) => typeof one === 'string');
  const facts = [who === undefined ? undefined : t.by(String(who)), mailerId].filter(
    (one) => typeof one === 'string',
  );
  return html`<li>
    <span class="muted">${formatTime(time)}</span> <strong>${t.events[name] ?? name}</strong>
    ${facts.length > 0 && html` <span class="muted">${facts.join(' · ')}</span>`}
    ${typeof mailId === 'string' && html` <a href=${linkTo('mails', mailId)}>${t.openMail}</a>`}
  </li>`;
}

function Refused(): VNode {
  const t = activityTexts();
  const [older, addOlder] = useState<readonly RefusedRequestList[]>([]);
  const { data, problem, reload } = useLoaded('refused', () => call('GET /v1/refused-mail-requests', {}));
  useLive(
    ['mail-refused'],
    useCalm(() => {
      addOlder([]);
      reload();
    }, 2_000),
  );
  const pages = data === undefined ? [] : [data, ...older];
  const cursor = pages.at(-1)?.nextCursor ?? null;
  const more = async (): Promise<void> => {
    if (cursor === null) return;
    const next = await call('GET /v1/refused-mail-requests', { query: { cursor } });
    addOlder((before) => [...before, next]);
  };
  return html`
    <h2 id="refused-title">${t.refused}</h2>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${data?.items.length === 0 && html`<${Empty} title=${t.noneRefused} />`}
    <ul class="rows" id="refused">
      ${pages
        .flatMap(({ items }) => items)
        .map((one) => html`<${RefusedRow} key=${`${one.partition}/${one.offset}`} request=${one} />`)}
    </ul>
    ${cursor !== null && html`<button type="button" onClick=${() => void more().catch(reload)}>${common().more}</button>`}
  `;
}

function RefusedRow({ request }: { request: RefusedRequest }): VNode {
  const t = activityTexts();
  const { code, refusedAt, partition, offset, businessReference, findings = [] } = request;
  const facts = [businessReference ?? '', t.position(partition, offset)].filter((one) => one !== '');
  return html`<li>
    <span class="muted">${formatInstant(refusedAt)}</span> <strong>${t.refusals[code] ?? code}</strong>
    <span class="muted"> ${facts.join(' · ')}</span>
    ${
      findings.length > 0 &&
      html`<ul>
        ${findings.map(({ pointer, message }) => html`<li key=${pointer}>${sentence(message)} <code>${pointer}</code></li>`)}
      </ul>`
    }
  </li>`;
}
