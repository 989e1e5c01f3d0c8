import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import type { MailStatus } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, sentence } from '../../i18n.ts';
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
