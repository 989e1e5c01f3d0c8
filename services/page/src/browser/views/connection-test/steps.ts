import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem, call } from '../../api/client.ts';
import type { ConnectionTest } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { formatDate, sentence, texts } from '../../i18n.ts';
import { html, ProblemNotice } from '../../parts/elements.ts';
import { base64OfText } from '../certificates/import.ts';
import { certificateTexts } from '../certificates/texts.ts';

interface TrustInput {
  readonly pem: string;
  readonly name: string;
  /** Takes the certificate's id into the form. */
  readonly trusted: (id: string) => void;
}

/** Takes the certificate of a server into the trusted ones: nothing is trusted unless somebody looked at it. */
function TrustButton({ pem, name, trusted }: TrustInput): VNode | null {
  const t = certificateTexts();
  const [problem, setProblem] = useState<ApiProblem>();
  const [isDone, setDone] = useState(false);
  if (!may('settings:write')) return null;
  const trust = async (): Promise<void> => {
    try {
      const body = { name: name.slice(0, 100), kind: 'trusted', content: base64OfText(pem) } as const;
      const data = await call('POST /v1/certificates', { body });
      trusted(data.id);
      setDone(true);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return html`<div class="actions">
    ${
      isDone
        ? html`<p role="status">${t.trusted}</p>`
        : html`<button type="button" onClick=${() => void trust()}>${t.trust}</button>
            <span class="muted">${t.trustHelp}</span>`
    }
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
  </div>`;
}

export const testTexts = texts({
  de: {
    title: 'Verbindung testen',
    intro:
      'Geht denselben Weg wie eine E-Mail und sagt, an welchem Schritt es hakt. Gespeichert wird dabei nichts.',
    draft: 'Getestet werden die Angaben im Formular, auch die nicht gespeicherten.',
    saved: 'Getestet werden die gespeicherten Einstellungen.',
    start: 'Verbindung testen',
    running: 'Test läuft …',
    ok: 'Die Verbindung steht.',
    failed: 'Der Test ist fehlgeschlagen.',
    probe: 'Testmail',
    probeText: 'Dabei eine echte E-Mail an mich senden',
    probeTo: 'An',
    probeHelp: 'Diese eine E-Mail wird wirklich zugestellt.',
    past: 'Frühere Tests',
    noPast: 'Noch kein Test.',
    worked: (version: number, when: string) => `Zuletzt erfolgreich mit Version ${version}, ${when}`,
    neverWorked: 'Noch kein Test war erfolgreich.',
    draftOf: (version: number) => `Entwurf zu Version ${version}`,
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
    daysLeft: (days: number) => (days < 0 ? 'abgelaufen' : `noch ${days} Tage`),
    fingerprint: 'SHA-256',
    states: {
      ok: 'in Ordnung',
      failed: 'fehlgeschlagen',
      skipped: 'übersprungen',
      running: 'läuft',
      pending: 'steht aus',
    },
    steps: {
      token: 'Token holen',
      resolve: 'Namen auflösen',
      connect: 'Verbinden',
      greeting: 'Begrüßung',
      tls: 'Verschlüsselung',
      ehlo: 'Vorstellung (EHLO)',
      authenticate: 'Anmeldung',
      mailbox: 'Postfach',
      'mail-from': 'Absender',
      'rcpt-to': 'Empfänger',
      data: 'Bereit für den Inhalt',
      probe: 'Echte E-Mail',
    } as Readonly<Record<string, string>>,
  },
  en: {
    title: 'Test the connection',
    intro: 'Takes the same way as a mail, and says at which step it gets stuck. Nothing is saved.',
    draft: 'What the form says is tested, unsaved entries too.',
    saved: 'The saved settings are tested.',
    start: 'Test the connection',
    running: 'The test is running …',
    ok: 'The connection works.',
    failed: 'The test has failed.',
    probe: 'Test mail',
    probeText: 'Send one real mail to myself with it',
    probeTo: 'To',
    probeHelp: 'This one mail is really delivered.',
    past: 'Past tests',
    noPast: 'No test yet.',
    worked: (version: number, when: string) => `Worked last with version ${version}, ${when}`,
    neverWorked: 'No test has succeeded yet.',
    draftOf: (version: number) => `Draft on version ${version}`,
    versionOf: (version: number) => `Version ${version}`,
    by: (who: string) => `by ${who}`,
    milliseconds: (ms: number) => `${ms} ms`,
    reply: 'Reply of the server',
    certificate: 'Certificate of the server',
    issuerCertificate: 'Certificate of the issuer',
    subject: 'Issued for',
    issuer: 'Issuer',
    names: 'Names',
    valid: 'Valid',
    daysLeft: (days: number) => (days < 0 ? 'expired' : `${days} days left`),
    fingerprint: 'SHA-256',
    states: { ok: 'ok', failed: 'failed', skipped: 'skipped', running: 'running', pending: 'to come' },
    steps: {
      token: 'Get a token',
      resolve: 'Resolve the name',
      connect: 'Connect',
      greeting: 'Greeting',
      tls: 'Encryption',
      ehlo: 'Introduction (EHLO)',
      authenticate: 'Sign-in',
      mailbox: 'Mailbox',
      'mail-from': 'Sender',
      'rcpt-to': 'Recipient',
      data: 'Ready for the content',
      probe: 'Real mail',
    } as Readonly<Record<string, string>>,
  },
});

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

/** The steps that are likely to come, by the way mail goes. */
export const expectedSteps = {
  smtp: smtpSteps,
  'smtp-oauth': ['token', ...smtpSteps],
  graph: httpsSteps,
  ews: httpsSteps,
} as const;

/** What is shown while a test runs: the steps so far, the one under way, and what is likely to come. */
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

/** Every step with its state, time, what was found, what the server said, and what to do. */
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
  const { milliseconds, detail, reply, hint, certificate, chain = [] } = step ?? {};
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

/** Everything here is text of the server. */
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
      <dd>${formatDate(validFrom)} – ${formatDate(validTo)} (${t.daysLeft(daysLeft)})</dd>
      <dt>${t.fingerprint}</dt>
      <dd><code>${fingerprintSha256}</code></dd>
    </dl>
    ${pem !== undefined && trusted !== undefined && html`<${TrustButton} pem=${pem} name=${subjectAltNames[0]?.replace(/^DNS:/, '') ?? subject} trusted=${trusted} />`}
  </details>`;
}
