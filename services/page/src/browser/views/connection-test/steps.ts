import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import type { ConnectionTest } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { formatDate, formatDaysLeft, sentence, texts } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { html, ProblemNotice } from '../../parts/elements.ts';
import { base64OfText } from '../certificates/import.ts';
import { certificateTexts } from '../certificates/texts.ts';

interface TrustInput {
  readonly pem: string;
  readonly name: string;
  /** Selects the certificate in the form. */
  readonly trusted: (id: string) => void;
}

/** Adds the certificate of a server to the trusted ones. No certificate is trusted before a person has seen it. */
function TrustButton({ pem, name, trusted }: TrustInput): VNode | null {
  const t = certificateTexts();
  const [isDone, setDone] = useState(false);
  const { problem, run } = useAction(async () => {
    const body = { name: name.slice(0, 100), kind: 'trusted', content: base64OfText(pem) } as const;
    const data = await call('POST /v1/certificates', { body });
    trusted(data.id);
    setDone(true);
  });
  if (!may('settings:write')) return null;
  return html`<div class="actions">
    ${
      isDone
        ? html`<p role="status">${t.trusted}</p>`
        : html`<button type="button" onClick=${run}>${t.trust}</button>
            <span class="muted">${t.trustHelp}</span>`
    }
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
  </div>`;
}

export const testTexts = texts({
  de: {
    title: 'Verbindung testen',
    intro: 'Prüft jeden Schritt, den auch eine E-Mail durchläuft. Dabei wird nichts gespeichert.',
    draft: 'Getestet werden die Angaben im Formular, auch die nicht gespeicherten.',
    saved: 'Getestet werden die gespeicherten Einstellungen.',
    start: 'Verbindung testen',
    running: 'Test läuft …',
    ok: 'Verbindung erfolgreich getestet.',
    failed: (step: string) => `Fehler bei: ${step}.`,
    probe: 'Testmail',
    probeText: 'Testmail senden',
    probeTo: 'Testmail senden an',
    probeHelp:
      'Die Testmail wird tatsächlich zugestellt, mit Kopien, Signatur und Verschlüsselung wie jede E-Mail.',
    outside: 'Fremde Empfängeradresse (optional)',
    outsideHelp:
      'Der Server wird gefragt, ob er E-Mails für diese Adresse annimmt. Gesendet wird nichts. Ohne Angabe: eine ' +
      'Adresse von example.com.',
    past: 'Frühere Tests',
    noPast: 'Noch kein Test.',
    worked: (when: string, what: string) => `Letzter erfolgreicher Test: ${when} (${what})`,
    neverWorked: 'Noch kein Test war erfolgreich.',
    draftOf: (version: number) => `Entwurf auf Basis von Version ${version}`,
    versionOf: (version: number) => `Version ${version}`,
    by: (who: string) => `von ${who}`,
    milliseconds: (ms: number) => `${ms} ms`,
    reply: 'Antwort des Servers',
    certificate: 'Zertifikat des Servers',
    issuerCertificate: 'Zertifikat des Ausstellers',
    subject: 'Ausgestellt für',
    issuer: 'Aussteller',
    names: 'Namen',
    valid: 'Gültig',
    fingerprint: 'SHA-256',
    states: {
      ok: 'in Ordnung',
      failed: 'fehlgeschlagen',
      skipped: 'nicht ausgeführt',
      running: 'läuft',
      pending: 'ausstehend',
    },
    steps: {
      token: 'Token abrufen',
      resolve: 'Namen auflösen',
      connect: 'Verbinden',
      greeting: 'Begrüßung',
      tls: 'Verschlüsselung',
      ehlo: 'EHLO',
      authenticate: 'Anmeldung',
      mailbox: 'Postfach',
      'mail-from': 'Absender',
      'rcpt-to': 'Empfänger',
      data: 'Annahme der Nachricht',
      probe: 'Testmail',
    } as Readonly<Record<string, string>>,
  },
  en: {
    title: 'Test the connection',
    intro: 'Follows the same path as a real mail and shows where it fails. Nothing is saved.',
    draft: 'Tests the values in the form, including unsaved ones.',
    saved: 'Tests the saved settings.',
    start: 'Test the connection',
    running: 'Test running …',
    ok: 'Connection tested successfully.',
    failed: (step: string) => `Failed at: ${step}.`,
    probe: 'Test mail',
    probeText: 'Send a test mail',
    probeTo: 'Send a test mail to',
    probeHelp: 'The test mail is actually delivered, with copies, signature and encryption like every mail.',
    outside: 'Outside recipient address (optional)',
    outsideHelp:
      'The server is asked whether it accepts mail for this address. Nothing is sent. If empty: an address of example.com.',
    past: 'Previous tests',
    noPast: 'No tests yet.',
    worked: (when: string, what: string) => `Last successful test: ${when} (${what})`,
    neverWorked: 'No test has succeeded yet.',
    draftOf: (version: number) => `draft based on version ${version}`,
    versionOf: (version: number) => `version ${version}`,
    by: (who: string) => `by ${who}`,
    milliseconds: (ms: number) => `${ms} ms`,
    reply: 'Server reply',
    certificate: 'Server certificate',
    issuerCertificate: 'Issuer certificate',
    subject: 'Issued to',
    issuer: 'Issuer',
    names: 'Names',
    valid: 'Valid',
    fingerprint: 'SHA-256',
    states: { ok: 'ok', failed: 'failed', skipped: 'not run', running: 'running', pending: 'pending' },
    steps: {
      token: 'Request token',
      resolve: 'Resolve the name',
      connect: 'Connect',
      greeting: 'Greeting',
      tls: 'Encryption',
      ehlo: 'EHLO',
      authenticate: 'Sign-in',
      mailbox: 'Mailbox',
      'mail-from': 'Sender',
      'rcpt-to': 'Recipient',
      data: 'Message accepted',
      probe: 'Test mail',
    } as Readonly<Record<string, string>>,
  },
});

/** The result of a finished test in one sentence. */
export function verdictOf({ state, steps }: ConnectionTest): string {
  const t = testTexts();
  if (state === 'ok') return t.ok;
  const failed = steps.find((step) => step.state === 'failed')?.name ?? '';
  return t.failed(t.steps[failed] ?? failed);
}

/** The version that was tested, or the one the draft was based on. */
export function testedVersion({ draft, settingsVersion }: ConnectionTest): string {
  const t = testTexts();
  return draft ? t.draftOf(settingsVersion) : t.versionOf(settingsVersion);
}

type Step = ConnectionTest['steps'][number];
type Certificate = NonNullable<Step['certificate']>;

const smtpSteps = [
  'resolve',
  'connect',
  'greeting',
  'tls',
  'ehlo',
  'authenticate',
  'mail-from',
  'rcpt-to',
  'data',
];
const httpsSteps = ['token', 'resolve', 'connect', 'tls', 'authenticate', 'mailbox'];

/** The steps to expect, by protocol. */
export const expectedSteps = {
  smtp: smtpSteps,
  'smtp-oauth': ['token', ...smtpSteps],
  graph: httpsSteps,
  ews: httpsSteps,
} as const;

/** While a test runs: the finished steps, the current one, and the expected ones. */
function shownSteps(
  { state, steps, probeTo }: ConnectionTest,
  likely: readonly string[],
): readonly { name: string; step?: Step }[] {
  if (state !== 'running') {
    return steps
      .filter((step) => probeTo !== null || step.name !== 'probe')
      .map((step) => ({ name: step.name, step }));
  }
  const done = steps.map((step) => ({ name: step.name as string, step }));
  const expected = [...likely, ...(probeTo === null ? [] : ['probe'])];
  return [
    ...done,
    ...expected.filter((name) => !done.some((one) => one.name === name)).map((name) => ({ name })),
  ];
}

/** Every step with its state, duration, result, server reply, and what to do. */
export function TestSteps({
  test,
  expected = [],
  trusted,
}: {
  test: ConnectionTest;
  expected?: readonly string[];
  trusted?: (id: string) => void;
}): VNode {
  const shown = shownSteps(test, expected);
  const current = test.state === 'running' ? shown.find(({ step }) => step === undefined)?.name : undefined;
  return html`<ol class="steps">
    ${shown.map(
      ({ name, step }) =>
        html`<${StepRow}
          key=${name}
          name=${name}
          step=${step}
          isCurrent=${name === current}
          trusted=${trusted}
        />`,
    )}
  </ol>`;
}

interface StepInput {
  readonly name: string;
  readonly step?: Step;
  readonly isCurrent: boolean;
  readonly trusted?: (id: string) => void;
}

function StepRow({ name, step, isCurrent, trusted }: StepInput): VNode {
  const t = testTexts();
  const state = step?.state ?? (isCurrent ? 'running' : 'pending');
  const { milliseconds, detail, reply, hint, warning, note, certificate, chain = [] } = step ?? {};
  const certificates = certificate === undefined ? [] : [certificate, ...chain];
  return html`<li class="step ${state}" aria-current=${isCurrent ? 'step' : undefined}>
    <span class="dot" aria-hidden="true"></span>
    <div class="step-body">
      <div class="step-head">
        <strong>${t.steps[name] ?? name}</strong>
        <span class="step-state">${t.states[state]}</span>
        ${milliseconds !== undefined && state !== 'skipped' && html`<span class="muted">${t.milliseconds(milliseconds)}</span>`}
      </div>
      ${hint !== undefined && html`<p class="hint">${sentence(hint)}</p>`}
      ${warning !== undefined && html`<p class="hint">${sentence(warning)}</p>`}
      ${note !== undefined && html`<p class="muted">${sentence(note)}</p>`}
      ${hint?.detail !== undefined && html`<p class="muted">${hint.detail}</p>`}
      ${detail !== undefined && html`<p class="muted">${detail}</p>`}
      ${reply !== undefined && html`<p><code class="reply" title=${t.reply}>${reply}</code></p>`}
      ${certificates.map(
        (one, place) =>
          html`<${CertificateDetails}
            key=${one.fingerprintSha256}
            title=${place === 0 ? t.certificate : t.issuerCertificate}
            certificate=${one}
            isOpen=${state === 'failed'}
            trusted=${trusted}
          />`,
      )}
    </div>
  </li>`;
}

/** All of this comes from the server and is untrusted. */
interface CertificateInput {
  readonly title: string;
  readonly certificate: Certificate;
  readonly isOpen: boolean;
  readonly trusted?: (id: string) => void;
}

function CertificateDetails({ title, certificate, isOpen, trusted }: CertificateInput): VNode {
  const t = testTexts();
  const { subject, issuer, subjectAltNames, validFrom, validTo, daysLeft, fingerprintSha256, pem } =
    certificate;
  return html`<details open=${isOpen}>
    <summary>${title}</summary>
    <dl class="facts">
      <dt>${t.subject}</dt>
      <dd>${subject}</dd>
      <dt>${t.names}</dt>
      <dd>${subjectAltNames.join(', ') || '–'}</dd>
      <dt>${t.issuer}</dt>
      <dd>${issuer}</dd>
      <dt>${t.valid}</dt>
      <dd>${formatDate(validFrom)} – ${formatDate(validTo)} (${formatDaysLeft(daysLeft)})</dd>
      <dt>${t.fingerprint}</dt>
      <dd><code>${fingerprintSha256}</code></dd>
    </dl>
    ${pem !== undefined && trusted !== undefined && html`<${TrustButton} pem=${pem} name=${subjectAltNames[0]?.replace(/^DNS:/, '') ?? subject} trusted=${trusted} />`}
  </details>`;
}
