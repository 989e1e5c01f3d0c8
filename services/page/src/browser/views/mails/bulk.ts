import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem, call } from '../../api/client.ts';
import { may } from '../../api/session.ts';
import { common, texts } from '../../i18n.ts';
import { Dialog, html, ProblemNotice } from '../../parts/elements.ts';

type Verb = 'resend' | 'release' | 'cancel';

const bulkTexts = texts({
  de: {
    verbs: {
      resend: 'Alle erneut senden',
      release: 'Alle freigeben',
      cancel: 'Alle abbrechen',
    } as Readonly<Record<Verb, string>>,
    count: (count: number) => (count === 1 ? 'Das betrifft 1 E-Mail.' : `Das betrifft ${count} E-Mails.`),
  },
  en: {
    verbs: {
      resend: 'Resend all',
      release: 'Release all',
      cancel: 'Cancel all',
    } as Readonly<Record<Verb, string>>,
    count: (count: number) => (count === 1 ? 'This concerns 1 mail.' : `This concerns ${count} mails.`),
  },
});

async function ask(verb: Verb, dryRun: boolean): Promise<number> {
  const body = { filter: {}, dryRun };
  switch (verb) {
    case 'resend':
      return (await call('POST /v1/mails/resend', { body })).matched;
    case 'release':
      return (await call('POST /v1/mails/release', { body })).matched;
    case 'cancel':
      return (await call('POST /v1/mails/cancel', { body })).matched;
  }
}

/** The verbs that make sense for all mails of a tab. */
const verbsOf: Readonly<Record<string, readonly Verb[]>> = {
  failed: ['resend'],
  held: ['release', 'cancel'],
  waiting: ['cancel'],
};

interface Counted {
  readonly verb: Verb;
  readonly matched: number;
}

/** Buttons for all mails of a tab. The dry run counts them, and a person confirms. */
export function BulkActions({ filter, onDone }: { filter: string; onDone: () => void }): VNode | null {
  const t = bulkTexts();
  const [counted, setCounted] = useState<Counted>();
  const [problem, setProblem] = useState<ApiProblem>();
  const verbs = verbsOf[filter] ?? [];
  const run = async (verb: Verb, dryRun: boolean): Promise<void> => {
    try {
      const matched = await ask(verb, dryRun);
      setProblem(undefined);
      setCounted(dryRun ? { verb, matched } : undefined);
      if (!dryRun) onDone();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  if (verbs.length === 0 || !may('mail:manage')) return null;
  return html`
    <div class="actions">
      ${verbs.map(
        (verb) =>
          html`<button type="button" key=${verb} id=${`bulk-${verb}`} onClick=${() => void run(verb, true)}>
            ${t.verbs[verb]}
          </button>`,
      )}
    </div>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    ${
      counted !== undefined &&
      html`<${Dialog} title=${t.verbs[counted.verb]} onClose=${() => setCounted(undefined)}>
        <p>${t.count(counted.matched)}</p>
        <div class="actions">
          <button
            type="button"
            id="bulk-confirm"
            class=${counted.verb === 'cancel' ? 'danger' : 'primary'}
            disabled=${counted.matched === 0}
            onClick=${() => void run(counted.verb, false)}
          >
            ${t.verbs[counted.verb]}
          </button>
          <button type="button" onClick=${() => setCounted(undefined)}>${common().cancel}</button>
        </div>
      <//>`
    }
  `;
}
