import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem, call } from '../../api/client.ts';
import type { MailStatus } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, sentence, texts } from '../../i18n.ts';
import { announce, Dialog, html, ProblemNotice } from '../../parts/elements.ts';
import { TextField } from '../../parts/fields.ts';

type Verb = 'hold' | 'release' | 'cancel' | 'resend' | 'resolve-sent' | 'resolve-not-sent';

const verbTexts = texts<Readonly<Record<Verb, { label: string; text: string }>>>({
  de: {
    hold: { label: 'Zurückhalten', text: 'Die E-Mail wartet, bis jemand sie freigibt.' },
    release: { label: 'Freigeben', text: 'Die E-Mail geht weiter.' },
    cancel: {
      label: 'Abbrechen',
      text: 'Wer sie noch nicht hat, bekommt sie nicht mehr. Das lässt sich nicht zurücknehmen.',
    },
    resend: {
      label: 'Erneut senden',
      text: 'An alle, die sie nicht sicher bekommen haben. Wer sie schon hat, bekommt sie nicht noch einmal.',
    },
    'resolve-sent': {
      label: 'Ist angekommen',
      text: 'Sie haben sich vergewissert, dass die E-Mail angekommen ist.',
    },
    'resolve-not-sent': {
      label: 'Ist nicht angekommen',
      text: 'Sie haben sich vergewissert, dass die E-Mail nicht angekommen ist. Sie wird noch einmal gesendet.',
    },
  },
  en: {
    hold: { label: 'Hold', text: 'The mail waits until somebody releases it.' },
    release: { label: 'Release', text: 'The mail goes on.' },
    cancel: {
      label: 'Cancel the mail',
      text: 'Whoever does not have it yet will not get it. This cannot be taken back.',
    },
    resend: {
      label: 'Send again',
      text: 'To all who have not got it for certain. Nobody who has it gets it again.',
    },
    'resolve-sent': { label: 'It has arrived', text: 'You have made sure that the mail has arrived.' },
    'resolve-not-sent': {
      label: 'It has not arrived',
      text: 'You have made sure that the mail has not arrived. It is sent again.',
    },
  },
});

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

async function act(verb: Verb, id: string, reason: string): Promise<void> {
  const why = reason.trim() === '' ? {} : { reason: reason.trim() };
  const path = { id };
  switch (verb) {
    case 'hold':
      await call('POST /v1/mails/{id}/hold', { path, body: why });
      return;
    case 'release':
      await call('POST /v1/mails/{id}/release', { path, body: why });
      return;
    case 'cancel':
      await call('POST /v1/mails/{id}/cancel', { path, body: why });
      return;
    case 'resend':
      await call('POST /v1/mails/{id}/resend', { path, body: why });
      return;
    case 'resolve-sent':
      await call('POST /v1/mails/{id}/resolve', { path, body: { ...why, outcome: 'sent' } });
      return;
    case 'resolve-not-sent':
      await call('POST /v1/mails/{id}/resolve', {
        path,
        body: { ...why, outcome: 'not-sent', resend: true },
      });
      return;
    default:
      verb satisfies never;
  }
}

/** What can be done with a mail in its state; each is asked for once more, with a reason. */
export function MailActions({ mail, done }: { mail: MailStatus; done: () => void }): VNode | null {
  const [verb, setVerb] = useState<Verb>();
  const verbs = verbsByState[mail.state];
  if (!may('mail:manage') || verbs.length === 0) return null;
  return html`<div class="actions">
    ${verbs.map((one) => html`<button type="button" key=${one} class=${one === 'cancel' ? 'danger' : ''} onClick=${() => setVerb(one)}>${verbTexts()[one].label}</button>`)}
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
  const { label, text } = verbTexts()[verb];
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await act(verb, mail.id, reason);
      announce(label);
      onClose();
      done();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${label} onClose=${onClose}>
    <form onSubmit=${(event: Event) => void submit(event)}>
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
