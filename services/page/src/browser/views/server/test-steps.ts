import type { VNode } from 'preact';
import type { ConnectionTest } from '../../api/operations.ts';
import { html } from '../../html.ts';
import { formatDate } from '../../i18n/format.ts';
import { sentence } from '../../i18n/language.ts';
import { TrustButton } from '../certificates/trust.ts';
import { testTexts } from './test-texts.ts';

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
