import type { VNode } from 'preact';
import { common, formatInstant, formatRelative, texts } from '../../i18n.ts';
import { Badge, Empty, html, ViewTitle } from '../../parts/elements.ts';
import { linkTo } from '../../router.ts';
import { sendingModeTexts } from '../sending-mode/texts.ts';
import { type MailSummary, toneOf } from './mail.ts';
import { leaveList } from './search.ts';
import type { Chosen } from './selection.ts';
import { selectionTexts } from './selection-texts.ts';
import { mailTexts } from './texts.ts';

const rowTexts = texts({
  de: {
    from: 'von',
    nothingFound: 'Keine E-Mail gefunden.',
    nothingFoundHelp: 'Prüfen Sie die Schreibweise oder suchen Sie mit weniger Angaben.',
  },
  en: {
    from: 'from',
    nothingFound: 'No mail found.',
    nothingFoundHelp: 'Check the spelling, or search for less.',
  },
});

interface MailRowsInput {
  readonly mails: readonly MailSummary[];
  readonly chosen: Chosen;
  /** Absent: mails cannot be chosen. */
  readonly choose?: (chosen: Chosen) => void;
}

/** The mails of a page. */
export function MailRows({ mails, chosen, choose }: MailRowsInput): VNode {
  const toggle = (id: string): void => {
    const ids = new Set(chosen === 'all' ? mails.map((mail) => mail.id) : chosen);
    if (!ids.delete(id)) ids.add(id);
    choose?.(ids);
  };
  return html`<ul class="rows mails">
    ${mails.map(
      (mail) =>
        html`<${MailRow}
          key=${mail.id}
          mail=${mail}
          isChosen=${chosen === 'all' || chosen.has(mail.id)}
          toggle=${choose === undefined ? undefined : () => toggle(mail.id)}
        />`,
    )}
  </ul>`;
}

interface MailRowInput {
  readonly mail: MailSummary;
  readonly isChosen: boolean;
  readonly toggle: (() => void) | undefined;
}

function MailRow({ mail, isChosen, toggle }: MailRowInput): VNode {
  const t = mailTexts();
  const { id, subject, state, recipients, acceptedAt, businessReference, from, priority, redirected } = mail;
  const [first] = recipients;
  const failure = recipients.find((recipient) => recipient.failure !== undefined);
  const title = subject === null || subject === '' ? t.noSubject : subject;
  return html`<li class=${toggle === undefined ? '' : 'selectable'}>
    ${
      toggle !== undefined &&
      html`<label class="row-check">
        <input
          type="checkbox"
          aria-label=${selectionTexts().one(title)}
          checked=${isChosen}
          onChange=${toggle}
        />
      </label>`
    }
    <a class="mail-row" href=${linkTo('mails', id)} onClick=${leaveList}>
      <span class="mail-main">
        <strong class="clip">${title}</strong>
        <span class="muted clip"
          >${t.to} ${first?.address ?? '–'} ${recipients.length > 1 ? t.others(recipients.length - 1) : ''}
          ${from === null ? '' : ` · ${rowTexts().from} ${from}`}
          ${businessReference === null ? '' : ` · ${businessReference}`}
          ${priority === 'normal' ? '' : ` · ${t.priorities[priority] ?? priority}`}</span
        >
        ${failure?.reply !== undefined && state !== 'sent' && html`<span class="reply-line clip">${failure.reply}</span>`}
      </span>
      <span class="mail-end">
        ${redirected && html`<${Badge} tone="warn">${sendingModeTexts().redirected}<//>`}
        <${Badge} tone=${toneOf(state)}>${t.states[state] ?? state}<//>
        <time class="muted" datetime=${acceptedAt} title=${formatInstant(acceptedAt)}
          >${formatRelative(acceptedAt)}</time
        >
      </span>
    </a>
  </li>`;
}

export function noMailer(): VNode {
  const t = mailTexts();
  return html`<${ViewTitle}>${common().mails}<//><${Empty} title=${t.noMailer}><p>${t.noMailerHelp}</p><//>`;
}

export function NoMails({ line }: { line: string }): VNode {
  const t = mailTexts();
  return line === ''
    ? html`<${Empty} title=${t.empty}><p>${t.emptyHelp}</p><//>`
    : html`<${Empty} title=${rowTexts().nothingFound}><p>${rowTexts().nothingFoundHelp}</p><//>`;
}
