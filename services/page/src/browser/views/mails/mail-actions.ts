import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem, call } from '../../api/client.ts';
import type { MailStatus } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, sentence, texts } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { announce, Dialog, html, ProblemNotice } from '../../parts/elements.ts';
import { TextField } from '../../parts/fields.ts';
import { mailTexts, type Verb } from './texts.ts';

const verbsByState: Readonly<Record<MailStatus['state'], readonly Verb[]>> = {
  queued: ['hold', 'cancel'],
  sending: [],
  deferred: ['hold', 'cancel'],
  held: ['release', 'cancel'],
  sent: [],
  'partly-sent': ['resend'],
  failed: ['resend'],
  expired: ['resend'],
  cancelled: ['resend'],
  unknown: ['resolve-sent', 'resolve-not-sent'],
};

interface MailPath {
  readonly id: string;
}

interface Why {
  readonly reason?: string;
}

const acts: Readonly<Record<Verb, (path: MailPath, body: Why) => Promise<unknown>>> = {
  hold: (path, body) => call('POST /v1/mails/{id}/hold', { path, body }),
  release: (path, body) => call('POST /v1/mails/{id}/release', { path, body }),
  cancel: (path, body) => call('POST /v1/mails/{id}/cancel', { path, body }),
  resend: (path, body) => call('POST /v1/mails/{id}/resend', { path, body }),
  'resolve-sent': (path, why) =>
    call('POST /v1/mails/{id}/resolve', { path, body: { ...why, outcome: 'sent' } }),
  'resolve-not-sent': (path, why) =>
    call('POST /v1/mails/{id}/resolve', { path, body: { ...why, outcome: 'not-sent', resend: true } }),
};

/** The actions that the state of a mail allows. Each opens a dialog that asks for a reason. */
export function MailActions({ mail, done }: { mail: MailStatus; done: () => void }): VNode | null {
  const [verb, setVerb] = useState<Verb>();
  const verbs = verbsByState[mail.state];
  if (!may('mail:manage') || verbs.length === 0) return null;
  return html`<div class="actions">
    ${verbs.map((one) => html`<button type="button" key=${one} class=${one === 'cancel' ? 'danger' : ''} onClick=${() => setVerb(one)}>${mailTexts().verbs[one].label}</button>`)}
    ${verb !== undefined && html`<${ActionDialog} verb=${verb} mail=${mail} done=${done} onClose=${() => setVerb(undefined)} />`}
  </div>`;
}

interface ActionInput {
  readonly verb: Verb;
  readonly mail: MailStatus;
  readonly done: () => void;
  readonly onClose: () => void;
}

function ActionDialog({ verb, mail, done, onClose }: ActionInput): VNode {
  const { label, text } = mailTexts().verbs[verb];
  const [reason, setReason] = useState('');
  const { problem, isBusy, run } = useAction(async () => {
    await acts[verb]({ id: mail.id }, reason.trim() === '' ? {} : { reason: reason.trim() });
    announce(label);
    onClose();
    done();
  });
  return html`<${Dialog} title=${label} onClose=${onClose}>
    <form onSubmit=${run}>
      <p>${text}</p>
      ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
      ${problem?.findings.map(({ code, message }) => html`<p class="finding" key=${code}>${sentence(message)}</p>`)}
      <${TextField}
        id="action-reason"
        label=${common().reason}
        help=${common().reasonHelp}
        value=${reason}
        onInput=${setReason}
      />
      <div class="actions">
        <button type="submit" class=${verb === 'cancel' ? 'danger' : 'primary'} disabled=${isBusy}>
          ${label}
        </button>
        <button type="button" class="quiet" onClick=${onClose}>${common().cancel}</button>
      </div>
    </form>
  <//>`;
}

type BulkVerb = 'resend' | 'release' | 'cancel';

const bulkTexts = texts({
  de: {
    verbs: {
      resend: 'Alle erneut senden',
      release: 'Alle freigeben',
      cancel: 'Alle abbrechen',
    } as Readonly<Record<BulkVerb, string>>,
    count: (count: number) => (count === 1 ? 'Das betrifft 1 E-Mail.' : `Das betrifft ${count} E-Mails.`),
  },
  en: {
    verbs: {
      resend: 'Resend all',
      release: 'Release all',
      cancel: 'Cancel all',
    } as Readonly<Record<BulkVerb, string>>,
    count: (count: number) => (count === 1 ? 'This concerns 1 mail.' : `This concerns ${count} mails.`),
  },
});

async function ask(verb: BulkVerb, dryRun: boolean): Promise<number> {
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
const verbsOf: Readonly<Record<string, readonly BulkVerb[]>> = {
  failed: ['resend'],
  held: ['release', 'cancel'],
  waiting: ['cancel'],
};

interface Counted {
  readonly verb: BulkVerb;
  readonly matched: number;
}

/** Buttons for all mails of a tab. The dry run counts them, and a person confirms. */
export function BulkActions({ filter, onDone }: { filter: string; onDone: () => void }): VNode | null {
  const t = bulkTexts();
  const [counted, setCounted] = useState<Counted>();
  const [problem, setProblem] = useState<ApiProblem>();
  const verbs = verbsOf[filter] ?? [];
  const run = async (verb: BulkVerb, dryRun: boolean): Promise<void> => {
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
