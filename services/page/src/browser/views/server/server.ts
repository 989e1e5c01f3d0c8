import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { announce } from '../../announce.ts';
import type { OutgoingServerView } from '../../api/operations.ts';
import type { Finding } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { formatInstant } from '../../i18n/format.ts';
import { sentence } from '../../i18n/language.ts';
import { Loading, Notice, ProblemNotice, ViewTitle } from '../../parts/notices.ts';
import { SaveBar } from '../../parts/save-bar.ts';
import { labelOf } from '../../parts/setting-labels.ts';
import { may } from '../../session.ts';
import { ApplyState } from './apply-state.ts';
import { useChoices } from './choices.ts';
import { ConflictDialog } from './conflict.ts';
import {
  ConnectionFields,
  CopyField,
  ExchangeFields,
  fieldId,
  type FieldsInput,
  SenderFields,
  TimeoutField,
  TopFields,
} from './fields.ts';
import { CertificateFields, MoreFields, SmimeFields } from './further-fields.ts';
import { serverTests } from './test-calls.ts';
import { TestPanel } from './test-panel.ts';
import { expectedSteps } from './test-steps.ts';
import { serverTexts } from './texts.ts';
import { type ServerForm, useServerForm } from './use-server-form.ts';

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
