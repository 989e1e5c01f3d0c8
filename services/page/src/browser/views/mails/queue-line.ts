import type { VNode } from 'preact';
import { call } from '../../api/client.ts';
import type { Operations } from '../../api/operations.ts';
import { html } from '../../html.ts';
import { formatInstant, formatRelative, formatTime } from '../../i18n/format.ts';
import { sentence, texts } from '../../i18n/language.ts';
import { Notice, type Tone } from '../../parts/notices.ts';
import { useLoaded } from '../../use-loaded.ts';

type Status = Operations['getQueueStatus']['response'];

const t = texts({
  de: {
    states: {
      idle: 'Es wartet nichts.',
      moving: 'Die Warteschlange läuft.',
      limited: 'Eine Grenze ist erreicht; es geht gleich weiter.',
      standstill: 'Es geht nichts hinaus.',
      disabled: 'Der Versand ist deaktiviert.',
    } as Readonly<Record<string, string>>,
    due: (count: number) => `${count} fällig`,
    later: (count: number) => `${count} später`,
    sending: (count: number) => `${count} werden gesendet`,
    held: (count: number) => `${count} zurückgehalten`,
    unknown: (count: number) => `${count} unklar`,
    empty: (when: string) => `leer gegen ${when}`,
    since: (when: string) => `seit ${when}`,
    probe: (when: string) => `nächster Versuch ${when}`,
  },
  en: {
    states: {
      idle: 'Nothing waits.',
      moving: 'The queue is moving.',
      limited: 'A limit is reached; it goes on in a moment.',
      standstill: 'Nothing goes out.',
      disabled: 'Sending is switched off.',
    } as Readonly<Record<string, string>>,
    due: (count: number) => `${count} due`,
    later: (count: number) => `${count} later`,
    sending: (count: number) => `${count} being sent`,
    held: (count: number) => `${count} held`,
    unknown: (count: number) => `${count} unclear`,
    empty: (when: string) => `empty at about ${when}`,
    since: (when: string) => `since ${when}`,
    probe: (when: string) => `next attempt ${when}`,
  },
});

const tones: Readonly<Record<string, Tone>> = {
  idle: 'good',
  moving: 'info',
  limited: 'warn',
  standstill: 'bad',
  disabled: 'warn',
};

/** How the queue stands, in one line, and why it does not move if so. `round` counts how often the mails were read. */
export function QueueLine({ round }: { round: unknown }): VNode | null {
  const { data } = useLoaded(`queue ${String(round)}`, async () => (await call('getQueueStatus', {})).data);
  if (data === undefined) return null;
  const { state, standstill, limits } = data;
  const why = standstill?.failure ?? limits.reached;
  return html`<${Notice} tone=${tones[state] ?? 'info'}>
    <p id="queue"><strong>${t().states[state] ?? state}</strong> ${countsOf(data)}</p>
    ${why !== null && why !== undefined && html`<p>${sentence(why)} ${why.detail ?? ''}</p>`}
    ${standstill !== null && html`<p class="muted">${times(standstill)}</p>`}
  <//>`;
}

function countsOf({ mails, emptyAt }: Status): string {
  const { due, later, sending, held, unknown } = mails;
  const all = [
    due > 0 && t().due(due),
    sending > 0 && t().sending(sending),
    later > 0 && t().later(later),
    held > 0 && t().held(held),
    unknown > 0 && t().unknown(unknown),
    due > 0 && emptyAt !== null && t().empty(formatTime(emptyAt)),
  ];
  return all.filter((part) => part !== false).join(' · ');
}

function times({ since, nextProbeAt }: NonNullable<Status['standstill']>): string {
  const parts = [
    since !== null && t().since(formatInstant(since)),
    nextProbeAt !== null && t().probe(formatRelative(nextProbeAt)),
  ];
  return parts.filter((part) => part !== false).join(' · ');
}
