import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { announce } from '../../announce.ts';
import type { ApplyStatus } from '../../api/operations.ts';
import { html } from '../../html.ts';
import { sentence, texts } from '../../i18n/language.ts';
import { Badge, type Tone } from '../../parts/notices.ts';

const t = texts({
  de: {
    applied: (version: number, done: number, all: number) =>
      `Version ${version} ist auf ${done} von ${all} ${all === 1 ? 'Mailer' : 'Mailern'} aktiv`,
    pending: (version: number, done: number, all: number) =>
      `Version ${version} wird übernommen: ${done} von ${all}`,
    failed: (version: number) => `Version ${version} konnte nicht überall übernommen werden`,
    noMailer: (version: number) =>
      `Version ${version} ist gespeichert; es läuft kein Mailer, der sie übernimmt`,
    serves: (version: number) => `Version ${version} sendet weiter.`,
    servesNothing: 'Bis dahin wartet die Post.',
    saved: (version: number) => `Version ${version} gespeichert`,
  },
  en: {
    applied: (version: number, done: number, all: number) =>
      `Version ${version} is active on ${done} of ${all} ${all === 1 ? 'mailer' : 'mailers'}`,
    pending: (version: number, done: number, all: number) =>
      `Version ${version} is being applied: ${done} of ${all}`,
    failed: (version: number) => `Version ${version} could not be applied everywhere`,
    noMailer: (version: number) => `Version ${version} is saved; no mailer is running to apply it`,
    serves: (version: number) => `Version ${version} keeps sending.`,
    servesNothing: 'Until then mail waits.',
    saved: (version: number) => `Version ${version} saved`,
  },
});

const tones: Readonly<Record<ApplyStatus['state'], Tone>> = {
  applied: 'good',
  pending: 'info',
  failed: 'bad',
  'no-mailer': 'warn',
};

function summary({ state, version, mailers }: ApplyStatus): string {
  const done = mailers.filter((mailer) => mailer.state === 'applied' && mailer.version >= version).length;
  switch (state) {
    case 'applied':
      return t().applied(version, done, mailers.length);
    case 'pending':
      return t().pending(version, done, mailers.length);
    case 'failed':
      return t().failed(version);
    case 'no-mailer':
      return t().noMailer(version);
    default:
      return state satisfies never;
  }
}

/** What stands in for the restart: which mailers use the version, or why not, and what serves meanwhile. */
export function ApplyState({ applied, isNew }: { applied: ApplyStatus; isNew: boolean }): VNode {
  const text = summary(applied);
  useEffect(() => {
    if (isNew) announce(`${t().saved(applied.version)}. ${text}`);
  }, [isNew, text]);
  const failed = applied.mailers.filter(({ state }) => state === 'failed');
  return html`<div class="apply" data-state=${applied.state}>
    ${applied.version > 0 && html`<${Badge} tone=${tones[applied.state]}>${text}<//>`}
    ${failed.map(
      ({ id, failure, servingVersion }) =>
        html`<p class="finding" key=${id}>
          <strong>${id}</strong>: ${failure === null ? '' : sentence(failure)} ${failure?.detail ?? ''}
          ${' '}${servingVersion === null ? t().servesNothing : t().serves(servingVersion)}
        </p>`,
    )}
  </div>`;
}
