import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call, type Finding } from '../../api/client.ts';
import type { OutgoingServerView } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatInstant, sentence, texts } from '../../i18n.ts';
import {
  announce,
  Badge,
  html,
  Loading,
  Notice,
  ProblemNotice,
  type Tone,
  ViewTitle,
} from '../../parts/elements.ts';
import { SaveBar } from '../../parts/fields.ts';
import { labelOf } from '../../parts/setting-values.ts';
import { type TestCalls, TestPanel } from '../connection-test/panel.ts';
import { expectedSteps } from '../connection-test/steps.ts';
import { ConflictDialog } from './conflict.ts';
import {
  CertificateFields,
  ConnectionFields,
  CopyField,
  ExchangeFields,
  fieldId,
  type FieldsInput,
  MoreFields,
  SenderFields,
  SmimeFields,
  TimeoutField,
  TopFields,
  useChoices,
} from './fields.ts';
import type { Patch } from './form.ts';
import { serverTexts } from './texts.ts';
import { type ServerForm, useServerForm } from './use-server-form.ts';

const path = { id: 'default' };

const serverTests: TestCalls<Patch> = {
  key: 'server',
  start: async (body) => await call('POST /v1/outgoing-servers/{id}/connection-tests', { path, body }),
  find: async (testId) =>
    await call('GET /v1/outgoing-servers/{id}/connection-tests/{testId}', { path: { ...path, testId } }),
  list: async (limit) =>
    (await call('GET /v1/outgoing-servers/{id}/connection-tests', { path, query: { limit } })).items,
  labelOf,
};

const applyTexts = texts({
  de: {
    applied: (version: number, done: number, all: number) =>
      `Version ${version} ist auf ${done} von ${all} ${all === 1 ? 'Mailer' : 'Mailern'} aktiv`,
    pending: (version: number, done: number, all: number) =>
      `Version ${version} wird übernommen: ${done} von ${all}`,
    failed: (version: number) => `Version ${version} konnte nicht überall übernommen werden`,
    noMailer: (version: number) =>
      `Version ${version} ist gespeichert; es läuft kein Mailer, der sie übernimmt`,
    serves: (version: number) => `Version ${version} sendet weiter.`,
    servesNothing: 'Bis dahin wartet die Post.',
    saved: (version: number) => `Version ${version} gespeichert`,
  },
  en: {
    applied: (version: number, done: number, all: number) =>
      `Version ${version} is active on ${done} of ${all} ${all === 1 ? 'mailer' : 'mailers'}`,
    pending: (version: number, done: number, all: number) =>
      `Version ${version} is being applied: ${done} of ${all}`,
    failed: (version: number) => `Version ${version} could not be applied everywhere`,
    noMailer: (version: number) => `Version ${version} is saved; no mailer is running to apply it`,
    serves: (version: number) => `Version ${version} keeps sending.`,
    servesNothing: 'Until then mail waits.',
    saved: (version: number) => `Version ${version} saved`,
  },
});

type ApplyStatus = OutgoingServerView['applied'];

const tones: Readonly<Record<ApplyStatus['state'], Tone>> = {
  applied: 'good',
  pending: 'info',
  failed: 'bad',
  'no-mailer': 'warn',
};

function summary({ state, version, mailers }: ApplyStatus): string {
  const done = mailers.filter((mailer) => mailer.state === 'applied' && mailer.version >= version).length;
  switch (state) {
    case 'applied':
      return applyTexts().applied(version, done, mailers.length);
    case 'pending':
      return applyTexts().pending(version, done, mailers.length);
    case 'failed':
      return applyTexts().failed(version);
    case 'no-mailer':
      return applyTexts().noMailer(version);
    default:
      return state satisfies never;
  }
}

/** What stands in for the restart: which mailers use the version, or why not, and what serves meanwhile. */
function ApplyState({ applied, isNew }: { applied: ApplyStatus; isNew: boolean }): VNode {
  const text = summary(applied);
  useEffect(() => {
    if (isNew) announce(`${applyTexts().saved(applied.version)}. ${text}`);
  }, [isNew, text]);
  const failed = applied.mailers.filter(({ state }) => state === 'failed');
  return html`<div class="apply" data-state=${applied.state}>
    ${applied.version > 0 && html`<${Badge} tone=${tones[applied.state]}>${text}<//>`}
    ${failed.map(
      ({ id, failure, servingVersion }) =>
        html`<p class="finding" key=${id}>
          <strong>${id}</strong>: ${failure === null ? '' : sentence(failure)} ${failure?.detail ?? ''}
          ${' '}${servingVersion === null ? applyTexts().servesNothing : applyTexts().serves(servingVersion)}
        </p>`,
    )}
  </div>`;
}

/** The settings of the outgoing mail server: in the order of the page it replaces. */
export function ServerView(): VNode {
  const server = useServerForm();
  const { data: view, problem, reload } = server.loaded;
  const t = serverTexts();
  const [isComparing, setComparing] = useState(false);
  return html`
    <${ViewTitle}>${common().server}<//>
    <p class="lead">${t.intro}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${view === undefined && problem === undefined && html`<${Loading} />`}
    ${
      view !== undefined &&
      server.edited !== undefined &&
      html`<${Editor} server=${server} view=${view} compare=${() => setComparing(true)} />`
    }
    ${isComparing && html`<${ConflictDialog} server=${server} onClose=${() => setComparing(false)} />`}
  `;
}

interface EditorInput {
  readonly server: ServerForm;
  readonly view: OutgoingServerView;
  readonly compare: () => void;
}

function Editor({ server, view, compare }: EditorInput): VNode {
  const t = serverTexts();
  const [reason, setReason] = useState('');
  const choices = useChoices();
  const { edited, findings, isBehind, changed } = server;
  const form = edited?.form;
  const isAllowed = may('settings:write');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const outcome = await server.save(reason);
    if (outcome === 'saved') setReason('');
    if (outcome === 'conflict') compare();
    if (outcome === 'failed') setTimeout(() => document.getElementById('findings')?.focus(), 0);
  };
  if (form === undefined) return html`<${Loading} />`;
  const fields: FieldsInput = {
    view,
    form,
    change: server.change,
    password: server.password,
    changePassword: server.changePassword,
    isForElsewhere: server.isForElsewhere,
    findings,
    warnings: form.enabled ? [] : view.warnings,
    disabled: !isAllowed,
    choices,
  };
  const isSmtp = form.serverType === 'smtp';
  return html`
    <${SavedState} view=${view} savedVersion=${server.savedVersion} />
    ${!isAllowed && html`<${Notice}>${t.readOnly}<//>`}
    ${edited?.isRestored && changed.length > 0 && html`<${Notice}>${t.draftRestored}<//>`}
    ${
      isBehind &&
      html`<${Notice} tone="warn" role="alert"
        ><p>${t.othersSaved(view.updatedBy ?? '', view.version)}</p>
        <button type="button" class="quiet" onClick=${compare}>${t.compare}</button><//
      >`
    }
    <form onSubmit=${(event: Event) => void submit(event)} novalidate>
      <${FindingSummary} server=${server} />
      <section class="card" aria-label=${t.smtp}>
        <${TopFields} ...${fields} />
        ${isSmtp ? html`<${ConnectionFields} ...${fields} />` : html`<${ExchangeFields} ...${fields} />`}
      </section>
      <section class="card" aria-label=${t.mail}>
        <${SenderFields} ...${fields} />
        <${CopyField} ...${fields} />
        <${TimeoutField} ...${fields} />
        <${SmimeFields} ...${fields} />
        ${isSmtp && html`<${CertificateFields} ...${fields} />`}
      </section>
      <section class="card" aria-label=${t.more}><${MoreFields} ...${fields} /></section>
      ${isAllowed && html`<${Save} server=${server} reason=${reason} setReason=${setReason} />`}
    </form>
    ${may('connection:test') && html`<${TestPanel} calls=${serverTests} expected=${isSmtp ? expectedSteps.smtp : expectedSteps.graph} trusted=${(trustedCertificateId: string) => server.change({ trustedCertificateId })} patch=${server.patch} isDraft=${changed.length > 0 || server.password.action !== 'keep'} />`}
  `;
}

function SavedState({
  view,
  savedVersion,
}: {
  view: OutgoingServerView;
  savedVersion: number | undefined;
}): VNode {
  const t = serverTexts();
  const { version, updatedBy, updatedAt, applied, warnings, enabled } = view;
  return html`
    <div class="state-line">
      <p class="muted">
        ${version === 0 ? t.never : t.savedBy(version, updatedBy ?? '', formatInstant(updatedAt))}
      </p>
      <${ApplyState} applied=${applied} isNew=${savedVersion === version} />
    </div>
    ${
      !enabled &&
      warnings.length > 0 &&
      html`<${Notice} tone="warn"
        ><p>${t.warnings}</p>
        <${FindingList} findings=${warnings}
      /><//>`
    }
  `;
}

function FindingSummary({ server: { problem, findings } }: { server: ServerForm }): VNode | null {
  if (problem === undefined && findings.length === 0) return null;
  if (findings.length === 0 && problem !== undefined) return html`<${ProblemNotice} problem=${problem} />`;
  return html`<div class="notice bad" role="alert" id="findings" tabindex="-1">
    <p><strong>${common().findings(findings.length)}</strong></p>
    <${FindingList} findings=${findings} />
  </div>`;
}

function FindingList({ findings }: { findings: readonly Finding[] }): VNode {
  const jump = (pointer: string) => (): void => document.getElementById(fieldId(pointer))?.focus();
  return html`<ul class="findings">
    ${findings.map(
      ({ pointer, code, message }) =>
        html`<li key=${`${pointer} ${code}`}>
          <button type="button" class="link" onClick=${jump(pointer)}>${labelOf(pointer)}</button
          >${`: ${sentence(message)}`}
        </li>`,
    )}
  </ul>`;
}

interface SaveInput {
  readonly server: ServerForm;
  readonly reason: string;
  readonly setReason: (reason: string) => void;
}

function Save({ server, reason, setReason }: SaveInput): VNode {
  const t = serverTexts();
  const count = server.changed.length + (server.password.action === 'keep' ? 0 : 1);
  const discard = (): void => {
    server.discard();
    announce(t.noChanges);
  };
  return html`<${SaveBar}
    reason=${reason}
    setReason=${setReason}
    isBusy=${server.isSaving}
    canSave=${count > 0}
  >
    <span class="muted" role="status">${count === 0 ? t.noChanges : t.unsaved(count)}</span>
    ${count > 0 && html`<button type="button" class="quiet" onClick=${discard}>${t.discard}</button>`}
  <//>`;
}
