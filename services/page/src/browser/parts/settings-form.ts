/*
 * The form of the outgoing server and of Exchange connections, drawn from their lists of fields. A finding is shown at
 * its field and in a summary that links to it. Therefore a field with a finding is always shown.
 */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call, type Finding } from '../api/client.ts';
import { useLive, useLoaded } from '../api/live.ts';
import type { CertificateView } from '../api/operations.ts';
import { may } from '../api/session.ts';
import { common, sentence, texts } from '../i18n.ts';
import { ConflictDialog } from './conflict.ts';
import type { Editing, Version } from './editing.ts';
import { announce, type Child, html, Notice, ProblemNotice } from './elements.ts';
import {
  CheckField,
  ChoiceField,
  type Option,
  type PasswordInput,
  PasswordField,
  SelectField,
  TextField,
} from './fields.ts';
import { at, type FormField, type Source } from './form-values.ts';
import { type FieldTexts, labelOf } from './setting-values.ts';

const formTexts = texts({
  de: {
    readOnly: 'Sie dürfen diese Einstellungen ansehen, aber nicht ändern.',
    draftRestored:
      'Ihre nicht gespeicherten Änderungen wurden wiederhergestellt. Passwörter müssen Sie erneut eingeben.',
    unsaved: (count: number) =>
      count === 1 ? '1 nicht gespeicherte Änderung' : `${count} nicht gespeicherte Änderungen`,
    noChanges: 'Keine Änderungen',
    discard: 'Änderungen verwerfen',
    othersSaved: (who: string, version: number) =>
      `${who} hat inzwischen Version ${version} gespeichert. Was Sie hier eingetragen haben, ist noch da.`,
    compare: 'Unterschiede ansehen',
    none: 'Keines',
    unknownChoice: (id: string) => `${id} (nicht gefunden)`,
  },
  en: {
    readOnly: 'You can view these settings but not change them.',
    draftRestored: 'Your unsaved changes were restored. Enter passwords again.',
    unsaved: (count: number) => (count === 1 ? '1 unsaved change' : `${count} unsaved changes`),
    noChanges: 'No changes',
    discard: 'Discard changes',
    othersSaved: (who: string, version: number) =>
      `${who} has saved version ${version} in the meantime. Your entries are still here.`,
    compare: 'Show differences',
    none: 'None',
    unknownChoice: (id: string) => `${id} (not found)`,
  },
});

export interface Section {
  readonly label: string;
  readonly fields: readonly FormField[];
}

interface SettingsFormInput {
  readonly editing: Editing<Version>;
  readonly labels: FieldTexts;
  readonly sections: readonly Section[];
  /** Findings that do not prevent saving. */
  readonly warnings: readonly Finding[];
  readonly saved?: (view: Version) => void;
  /** More actions for the save bar. */
  readonly children?: Child;
}

/** The whole form, from the notices to the save bar. */
export function SettingsForm(input: SettingsFormInput): VNode {
  const t = formTexts();
  const { editing, labels, sections } = input;
  const { view, edited, changes } = editing;
  const [isComparing, setComparing] = useState(false);
  const [reason, setReason] = useState('');
  const sources = useSources();
  const isAllowed = may('settings:write');
  const compare = (): void => setComparing(true);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const outcome = await editing.save(reason);
    if (outcome === 'conflict') compare();
    else if (outcome === 'failed') focusFindings();
    else {
      setReason('');
      input.saved?.(outcome);
    }
  };
  const one = (field: FormField): VNode =>
    html`<${OneField}
      key=${field.pointer}
      ...${input}
      field=${field}
      sources=${sources}
      disabled=${!isAllowed}
    />`;
  return html`
    ${!isAllowed && html`<${Notice}>${t.readOnly}<//>`}
    ${edited.isRestored && changes > 0 && html`<${Notice}>${t.draftRestored}<//>`}
    ${
      editing.isBehind &&
      html`<${Notice} tone="warn" role="alert"
        ><p>${t.othersSaved(view?.updatedBy ?? '', view?.version ?? 0)}</p>
        <button type="button" class="quiet" onClick=${compare}>${t.compare}</button><//
      >`
    }
    <form onSubmit=${(event: Event) => void submit(event)} novalidate>
      <${FindingSummary} editing=${editing} labels=${labels} />
      ${sections.map(
        ({ label, fields }) =>
          html`<section class="card" key=${label} aria-label=${label}>
            ${fields.filter((field) => isShown(field, editing)).map(one)}
          </section>`,
      )}
      ${isAllowed && html`<${SaveBar} editing=${editing} reason=${reason} setReason=${setReason}>${input.children}<//>`}
    </form>
    ${isComparing && html`<${ConflictDialog} editing=${editing} labels=${labels} onClose=${() => setComparing(false)} />`}
  `;
}

const isBelow = (pointer: string, finding: Finding): boolean =>
  finding.pointer === pointer || finding.pointer.startsWith(`${pointer}/`);

/** A finding about a whole object is shown at its required field. */
const isAt = ({ pointer, within, whenEmpty }: FormField, finding: Finding): boolean =>
  isBelow(pointer, finding) || (whenEmpty !== undefined && finding.pointer === within);

function isShown(field: FormField, { edited, findings }: Editing<Version>): boolean {
  return (field.isShown?.(edited.form) ?? true) || findings.some((finding) => isAt(field, finding));
}

const fieldId = (pointer: string): string => `field${pointer.replaceAll('/', '-')}`;

interface OneFieldInput extends SettingsFormInput {
  readonly field: FormField;
  readonly sources: Sources;
  readonly disabled: boolean;
}

function OneField(input: OneFieldInput): VNode {
  const { field, editing, labels, sources, disabled } = input;
  const { pointer, control, from, more } = field;
  const { form } = editing.edited;
  const help = labels.help[pointer];
  const value = form[pointer] ?? '';
  const shared = {
    id: fieldId(pointer),
    pointer,
    label: labelOf(labels, pointer),
    help: more === undefined ? help : html`${help} ${more()}`,
    findings: editing.findings.filter((finding) => isAt(field, finding)),
    warnings: input.warnings.filter((finding) => isAt(field, finding)),
    disabled,
    value,
    onInput: (entered: string | boolean) => editing.change({ [pointer]: entered }),
  };
  const options = Object.entries(labels.choices[pointer] ?? {}).map(([key, label]) => ({
    value: key,
    label,
  }));
  switch (control) {
    case 'switch':
    case 'check': {
      const text = labels.boxes[pointer] ?? shared.label;
      return html`<${CheckField}
        ...${shared}
        checked=${value === true}
        text=${text}
        isSwitch=${control === 'switch'}
      />`;
    }
    case 'choices':
      return html`<${ChoiceField} ...${shared} options=${options} />`;
    case 'select':
      return html`<${SelectField} ...${shared} options=${options} />`;
    case 'reference':
      return html`<${SelectField}
        ...${shared}
        options=${withNone(from === undefined ? [] : sources[from], String(value))}
      />`;
    case 'secret':
      return html`<${PasswordField}
        ...${shared}
        isSet=${at(editing.view, `${pointer}Set`) === true}
        setAt=${at(editing.view, `${pointer}SetAt`)}
        input=${editing.secrets[pointer]}
        onInput=${(entered: PasswordInput) => editing.changeSecret(pointer, entered)}
        isForElsewhere=${editing.isForElsewhere}
      />`;
    default:
      return html`<${TextField}
        ...${shared}
        ...${textKinds[control]}
        placeholder=${field.placeholder?.(form)}
      />`;
  }
}

const textKinds = {
  text: {},
  email: { type: 'email' },
  url: { inputmode: 'url' },
  number: { size: 'short', inputmode: 'numeric' },
  minutes: { size: 'short', inputmode: 'decimal' },
  date: { size: 'short', type: 'date' },
} as const;

type Sources = Readonly<Record<Source, readonly Option[]>>;

const none: Sources = { connections: [], own: [], trusted: [], recipient: [] };

const option = ({ id, name }: { readonly id: string; readonly name: string }): Option => ({
  value: id,
  label: name,
});

async function loadSources(): Promise<Sources> {
  const [connections, certificates] = await Promise.all([
    call('GET /v1/exchange-connections', {}),
    call('GET /v1/certificates', {}),
  ]);
  const ofKind = (kind: CertificateView['kind']): readonly Option[] =>
    certificates.items.filter((one) => one.kind === kind).map(option);
  return {
    connections: connections.items.map(option),
    own: ofKind('own'),
    trusted: ofKind('trusted'),
    recipient: ofKind('recipient'),
  };
}

function useSources(): Sources {
  const { data, reload } = useLoaded('sources', loadSources);
  useLive(['exchange-connection-changed', 'certificate-changed'], reload);
  return data ?? none;
}

/** The options after an empty one, with the chosen one even if it is missing from them. */
function withNone(options: readonly Option[], chosen: string): readonly Option[] {
  const t = formTexts();
  const isThere = chosen === '' || options.some(({ value }) => value === chosen);
  const missing = isThere ? [] : [{ value: chosen, label: t.unknownChoice(chosen) }];
  return [{ value: '', label: t.none }, ...options, ...missing];
}

/** Moves the focus to the findings once they are shown. */
export const focusFindings = (): void =>
  void setTimeout(() => document.getElementById('findings')?.focus(), 0);

interface SummaryInput {
  readonly editing: Pick<Editing<Version>, 'problem' | 'findings' | 'resource'>;
  readonly labels: FieldTexts;
}

function FindingSummary({ editing: { problem, findings, resource }, labels }: SummaryInput): VNode | null {
  if (problem === undefined && findings.length === 0) return null;
  return html`<div id="findings" tabindex="-1">
    ${
      findings.length === 0
        ? html`<${ProblemNotice} problem=${problem} />`
        : html`<${Notice} tone="bad" role="alert">
            <p><strong>${common().findings(findings.length)}</strong></p>
            <${FindingList} findings=${findings} fields=${resource.fields} labels=${labels} />
          <//>`
    }
  </div>`;
}

interface FindingListInput {
  readonly findings: readonly Finding[];
  readonly fields: readonly FormField[];
  readonly labels: FieldTexts;
}

/** The findings, each with a link to its field. */
export function FindingList({ findings, fields, labels }: FindingListInput): VNode {
  const jump = (finding: Finding) => (): void => {
    const field = fields.find((one) => isAt(one, finding));
    document.getElementById(fieldId(field?.pointer ?? finding.pointer))?.focus();
  };
  return html`<ul class="findings">
    ${findings.map(
      (finding) =>
        html`<li key=${`${finding.pointer} ${finding.code}`}>
          <button type="button" class="link" onClick=${jump(finding)}>
            ${labelOf(labels, finding.pointer)}</button
          >${`: ${sentence(finding.message)}`}
        </li>`,
    )}
  </ul>`;
}

interface SaveBarInput {
  readonly editing: Editing<Version>;
  readonly reason: string;
  readonly setReason: (reason: string) => void;
  readonly children?: Child;
}

/** The reason and the save button, always visible. */
function SaveBar({ editing, reason, setReason, children }: SaveBarInput): VNode {
  const t = formTexts();
  const { changes, isSaving } = editing;
  const discard = (): void => {
    editing.discard();
    announce(t.noChanges);
  };
  return html`<div class="card save-bar">
    <label class="save-reason">
      <span>${common().reason}</span>
      <input
        id="reason"
        autocomplete="off"
        value=${reason}
        placeholder=${common().reasonHelp}
        onInput=${(event: Event) => setReason((event.target as HTMLInputElement).value)}
      />
    </label>
    <div class="actions">
      ${children}
      <span class="muted" role="status">${changes === 0 ? t.noChanges : t.unsaved(changes)}</span>
      ${changes > 0 && html`<button type="button" class="quiet" onClick=${discard}>${t.discard}</button>`}
      <button type="submit" class="primary" disabled=${isSaving || changes === 0}>
        ${isSaving ? common().saving : common().save}
      </button>
    </div>
  </div>`;
}
