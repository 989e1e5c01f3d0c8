import type { VNode } from 'preact';
import { call } from '../../api/client.ts';
import { mailEvents, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { MailList, MailStatus } from '../../api/operations.ts';
import { common, formatInstant, formatTime, sentence } from '../../i18n.ts';
import { Badge, html, Loading, Notice, ProblemNotice, type Tone, ViewTitle } from '../../parts/elements.ts';
import { serverFields } from '../../parts/form-values.ts';
import { linkTo } from '../../router.ts';
import { ContentCard } from './content.ts';
import { MailActions } from './mail-actions.ts';
import { listAddress } from './search.ts';
import { sendingModeTexts } from '../sending-mode/texts.ts';
import { heldTexts, mailTexts } from './texts.ts';

export type MailSummary = MailList['items'][number];

const tones: Readonly<Record<string, Tone | 'quiet'>> = {
  queued: 'info',
  pending: 'info',
  sending: 'info',
  deferred: 'warn',
  held: 'warn',
  sent: 'good',
  'partly-sent': 'warn',
  failed: 'bad',
  rejected: 'bad',
  expired: 'bad',
  cancelled: 'quiet',
  unknown: 'bad',
};

export function toneOf(state: string): Tone | 'quiet' {
  return tones[state] ?? 'info';
}

type Failure = NonNullable<MailStatus['failure']>;

/** A failure with its detail. A limit has the name that it has in the settings. */
export function explain(failure: Failure): string {
  const { detail = '' } = failure;
  const limit = serverFields.find(({ pointer }) => pointer === `/limits/${detail}`);
  return `${sentence(failure)} ${limit === undefined ? detail : sentence(limit.label)}`;
}

type Smime = NonNullable<NonNullable<MailStatus['decisions']>['smime']>;

/** Whether a mail was signed and encrypted, and which recipients had no certificate. */
function smimeText(smime: Smime | undefined): string {
  const t = mailTexts();
  if (smime === undefined) return t.noSmime;
  const { signedWith, messages, withoutCertificate } = smime;
  const encrypted = messages.filter((message) => message.encrypted);
  const everyone = encrypted.length === messages.length;
  return [
    signedWith === null ? t.notSigned : t.signed,
    encrypted.length === 0 ? t.notEncrypted : everyone ? t.encrypted : t.encryptedForSome,
    ...(withoutCertificate.length === 0 ? [] : [t.withoutCertificate(withoutCertificate.join(', '))]),
  ].join(' · ');
}

/** The full record of one mail: state, recipients, attempts, manual actions, delivery details. */
export function MailView({ id }: { id: string }): VNode {
  const { data, problem, reload } = useLoaded(
    `mail ${id}`,
    async () => await call('GET /v1/mails/{id}', { path: { id } }),
  );
  const calmReload = useCalm(reload, 400);
  useLive(mailEvents, ({ name, data: event }) => {
    if (name === 'reset' || event['mailId'] === id) calmReload();
  });
  return html`
    <p><a id="to-list" href=${listAddress()}>← ${common().mails}</a></p>
    ${data === undefined && html`<${ViewTitle}>${common().mails}<//>`}
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${data !== undefined && html`<${Story} mail=${data} done=${reload} />`}
  `;
}

function Story({ mail, done }: { mail: MailStatus; done: () => void }): VNode {
  const t = mailTexts();
  const { subject, state, waitingFor } = mail;
  return html`
    <${ViewTitle} aside=${html`<${Badge} tone=${toneOf(state)}>${t.states[state] ?? state}<//>`}>
      ${subject === null || subject === '' ? t.noSubject : subject}<//
    >
    ${
      waitingFor !== null &&
      html`<${Notice} tone="warn"
        ><p><strong>${t.waitingFor}</strong>: ${explain(waitingFor)}</p><//
      >`
    }
    <section class="card"><${Facts} mail=${mail} /><${MailActions} mail=${mail} done=${done} /></section>
    <${ContentCard} id=${mail.id} />
    <section class="card">
      <h2>${t.recipients}</h2>
      <${Recipients} mail=${mail} />
    </section>
    <section class="card">
      <h2>${t.attempts}</h2>
      <${Attempts} mail=${mail} />
    </section>
    ${
      mail.history.length > 0 &&
      html`<section class="card">
        <h2>${t.history}</h2>
        <${Interventions} mail=${mail} />
      </section>`
    }
    <section class="card">
      <h2>${t.decisions}</h2>
      <${Decisions} mail=${mail} />
    </section>
  `;
}

function Facts({ mail }: { mail: MailStatus }): VNode {
  const t = mailTexts();
  const { acceptedAt, nextAttemptAt, businessReference, messageId, metadata, heldFor, from, requestedBy } =
    mail;
  const facts: readonly (readonly [string, string | null])[] = [
    [t.accepted, formatInstant(acceptedAt)],
    [t.priority, mail.priority === 'normal' ? null : (t.priorities[mail.priority] ?? mail.priority)],
    [t.requestedBy, requestedBy?.name ?? null],
    [t.sender, from],
    [t.attachments, mail.attachments.join(', ') || null],
    [t.nextAttempt, nextAttemptAt === null ? null : formatInstant(nextAttemptAt)],
    [t.heldFor, heldFor === null ? null : heldBy(mail, heldFor)],
    [t.reference, businessReference],
    [t.messageId, messageId],
    [
      t.metadata,
      Object.entries(metadata)
        .map(([key, value]) => `${key} = ${value}`)
        .join(', ') || null,
    ],
  ];
  return html`<dl class="facts">
    ${facts
      .filter(([, value]) => value !== null)
      .map(
        ([label, value]) =>
          html`<dt key=${label}>${label}</dt>
            <dd>${value}</dd>`,
      )}
  </dl>`;
}

/** Who held the mail, or why it was held. */
function heldBy({ history }: MailStatus, heldFor: string): string {
  const t = mailTexts();
  const actor = heldFor === 'requested' ? history.findLast(({ entry }) => entry === 'held')?.actor : null;
  return typeof actor === 'string' ? t.heldBy(actor) : (heldTexts().reasons[heldFor] ?? heldFor);
}

function Recipients({ mail }: { mail: MailStatus }): VNode {
  const t = mailTexts();
  return html`<ul class="rows">
    ${mail.recipients.map(
      ({ address, outcome, reply, failure, deliveredTo }) =>
        html`<li key=${address} class="recipient">
          <div>
            <strong>${address}</strong>${' '}<${Badge} tone=${toneOf(outcome)}
              >${t.outcomes[outcome] ?? outcome}<//
            >
          </div>
          ${deliveredTo !== undefined && html`<p class="muted">${sendingModeTexts().deliveredTo(deliveredTo.join(', '))}</p>`}
          ${failure !== undefined && html`<p class="hint">${explain(failure)}</p>`}
          ${reply !== undefined && html`<p><code class="reply" title=${t.reply}>${reply}</code></p>`}
        </li>`,
    )}
  </ul>`;
}

function Attempts({ mail }: { mail: MailStatus }): VNode {
  const t = mailTexts();
  if (mail.attempts.length === 0) return html`<p class="muted">${t.noAttempts}</p>`;
  return html`<ol class="steps">
    ${mail.attempts.map(
      ({
        number,
        startedAt,
        endedAt,
        settingsVersion,
        server,
        tls,
        outcome,
        reply,
        failure,
        notOffered = [],
        redirected,
      }) =>
        html`<li key=${`${number} ${startedAt}`} class="step ${stateOf(outcome)}">
          <span class="dot" aria-hidden="true"></span>
          <div class="step-body">
            <div class="step-head">
              <strong>${t.attempt(number)}</strong>
              ${outcome !== null && html`<span class="step-state">${t.outcomes[outcome] ?? outcome}</span>`}
              <span class="muted"
                >${formatInstant(startedAt)}${endedAt === null ? '' : ` – ${formatTime(endedAt)}`}</span
              >
            </div>
            <p class="muted">
              ${t.server} ${server} · ${tls ?? t.unencrypted} ·${' '}
              <a href=${linkTo('history', settingsVersion)}
                >${t.settings} ${common().version(settingsVersion)}</a
              >
            </p>
            ${failure !== null && html`<p class="hint">${explain(failure)}</p>`}
            ${redirected !== undefined && html`<p class="muted">${sendingModeTexts().attempts[redirected]}</p>`}
            ${notOffered.map((what) => html`<p key=${what} class="muted">${t.notOffered[what]}</p>`)}
            ${reply !== null && html`<p><code class="reply" title=${t.reply}>${reply}</code></p>`}
          </div>
        </li>`,
    )}
  </ol>`;
}

function stateOf(outcome: string | null): string {
  if (outcome === null) return 'running';
  return outcome === 'sent' ? 'ok' : outcome === 'deferred' || outcome === 'partly-sent' ? 'warn' : 'failed';
}

function Decisions({ mail: { decisions } }: { mail: MailStatus }): VNode {
  const t = mailTexts();
  if (decisions === null) return html`<p class="muted">${t.noDecisions}</p>`;
  const { sender, from, envelopeFrom, copies, serverId, smime } = decisions;
  const name = from.name === undefined || from.name === '' ? from.address : `${from.name} <${from.address}>`;
  return html`<dl class="facts">
    <dt>${t.sender}</dt>
    <dd>${name} <span class="muted">(${senderText(sender)})</span></dd>
    <dt>${t.envelopeFrom}</dt>
    <dd>${envelopeFrom === '' ? t.nullSender : envelopeFrom}</dd>
    <dt>${t.copies}</dt>
    <dd>
      ${copies.length === 0 ? t.noCopies : copies.map(({ address, rule }) => `${address} (${t.copyRules[rule] ?? rule})`).join(', ')}
    </dd>
    <dt>S/MIME</dt>
    <dd>${smimeText(smime)}</dd>
    <dt>${t.server}</dt>
    <dd>${serverId}</dd>
  </dl>`;
}

/** The rule that chose the sender, and what was looked for before. */
function senderText(sender: NonNullable<MailStatus['decisions']>['sender']): string {
  const t = mailTexts();
  if (typeof sender === 'string') return t.senderRules[sender] ?? sender;
  const passed = sender.tried.filter(({ result }) => result !== 'found');
  const missing = passed.map(({ rule, key }) => `${t.senderRules[rule] ?? rule} ${key}`);
  const rule = t.senderRules[sender.rule] ?? sender.rule;
  return missing.length === 0 ? rule : `${rule}; ${t.notFound}: ${missing.join(', ')}`;
}

function Interventions({ mail }: { mail: MailStatus }): VNode {
  const t = mailTexts();
  return html`<ul>
    ${mail.history.map(
      ({ at, entry, actor, reason, detail }) =>
        html`<li key=${`${at} ${entry}`}>
          <strong>${t.entries[entry] ?? entry}</strong>
          <span class="muted">
            ${[formatInstant(at), actor, reason, detail === null ? null : (t.lookups[detail] ?? detail)]
              .filter((part) => part !== null)
              .join(' · ')}</span
          >
        </li>`,
    )}
  </ul>`;
}
