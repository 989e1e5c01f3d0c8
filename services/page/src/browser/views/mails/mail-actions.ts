import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import type { MailStatus } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, sentence, texts } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { announce, Dialog, html, ProblemNotice } from '../../parts/elements.ts';
import { CheckField, TextField } from '../../parts/fields.ts';
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

/** What a resend can be told beside the reason. */
interface Resend {
  readonly corrections: Readonly<Record<string, string>>;
  readonly confirmRedirected: boolean;
}

const resendTexts = texts({
  de: {
    instead: (address: string) => `Statt an ${address} senden an`,
    insteadHelp: 'Leer lassen, um an die bisherige Adresse zu senden.',
    redirection: 'Umleitung',
    confirmRedirected: 'Die E-Mail wurde umgeleitet. Jetzt an die eigentlichen Empfänger senden.',
  },
  en: {
    instead: (address: string) => `Instead of ${address}, send to`,
    insteadHelp: 'Leave empty to send to the same address.',
    redirection: 'Redirection',
    confirmRedirected: 'The mail was redirected. Send it to its actual recipients now.',
  },
});

const plainResend: Resend = { corrections: {}, confirmRedirected: false };

/** With a corrected address, everybody else who has not got the mail is named, too. */
function resendBody({ recipients }: MailStatus, { corrections, confirmRedirected }: Resend) {
  const missing = recipients
    .filter(({ outcome }) => outcome !== 'sent')
    .map(({ address }) => ({ address, correctedAddress: corrections[address]?.trim() || null }));
  const isCorrected = missing.some(({ correctedAddress }) => correctedAddress !== null);
  return {
    ...(isCorrected ? { recipients: missing } : {}),
    ...(confirmRedirected ? { confirmRedirected } : {}),
  };
}

type Act = (path: MailPath, body: Why, mail: MailStatus, resend: Resend) => Promise<unknown>;

const acts: Readonly<Record<Verb, Act>> = {
  hold: (path, body) => call('POST /v1/mails/{id}/hold', { path, body }),
  release: (path, body) => call('POST /v1/mails/{id}/release', { path, body }),
  cancel: (path, body) => call('POST /v1/mails/{id}/cancel', { path, body }),
  resend: (path, why, mail, resend) =>
    call('POST /v1/mails/{id}/resend', { path, body: { ...why, ...resendBody(mail, resend) } }),
  'resolve-sent': (path, why) =>
    call('POST /v1/mails/{id}/resolve', { path, body: { ...why, outcome: 'sent' } }),
  'resolve-not-sent': (path, why) =>
    call('POST /v1/mails/{id}/resolve', { path, body: { ...why, outcome: 'not-sent', resend: true } }),
};

/** The actions that the state of a mail allows. Each opens a dialog that asks for a reason. */
export function MailActions({ mail, done }: { mail: MailStatus; done: () => void }): VNode | null {
  const [verb, setVerb] = useState<Verb>();
  // What others got instead can still be sent to its recipients.
  const isElsewhere = mail.state === 'sent' && mail.redirected;
  const verbs = isElsewhere ? (['resend'] as const) : verbsByState[mail.state];
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
  const [resend, setResend] = useState(plainResend);
  const { problem, isBusy, run } = useAction(async () => {
    const why = reason.trim() === '' ? {} : { reason: reason.trim() };
    await acts[verb]({ id: mail.id }, why, mail, resend);
    announce(label);
    onClose();
    done();
  });
  return html`<${Dialog} title=${label} onClose=${onClose}>
    <form onSubmit=${run}>
      <p>${text}</p>
      ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
      ${problem?.findings.map(({ code, message }) => html`<p class="finding" key=${code}>${sentence(message)}</p>`)}
      ${verb === 'resend' && html`<${ResendFields} mail=${mail} resend=${resend} change=${setResend} />`}
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

interface ResendFieldsInput {
  readonly mail: MailStatus;
  readonly resend: Resend;
  readonly change: (resend: Resend) => void;
}

/** More addresses than that are corrected where they come from. */
const mostCorrections = 10;

/** Corrected addresses are sending, so they need the right to send. */
function ResendFields({ mail, resend, change }: ResendFieldsInput): VNode {
  const t = resendTexts();
  const copies = new Set((mail.decisions?.copies ?? []).map(({ address }) => address));
  const missing = mail.recipients.filter(
    ({ address, outcome }) => outcome !== 'sent' && !copies.has(address),
  );
  const correct = (address: string, corrected: string): void =>
    change({ ...resend, corrections: { ...resend.corrections, [address]: corrected } });
  return html`
    ${
      mail.redirected &&
      html`<${CheckField}
        id="confirm-redirected"
        label=${t.redirection}
        text=${t.confirmRedirected}
        checked=${resend.confirmRedirected}
        onInput=${(confirmRedirected: boolean) => change({ ...resend, confirmRedirected })}
      />`
    }
    ${
      may('mail:send') &&
      missing
        .slice(0, mostCorrections)
        .map(
          ({ address }, index) =>
            html`<${TextField}
              key=${address}
              id=${`correct-${index}`}
              label=${t.instead(address)}
              help=${t.insteadHelp}
              value=${resend.corrections[address] ?? ''}
              inputmode="email"
              onInput=${(corrected: string) => correct(address, corrected)}
            />`,
        )
    }
  `;
}
