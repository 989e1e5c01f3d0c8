/*
 * The form of the outgoing server and of Exchange connections, drawn from their field tables. A finding is shown at
 * its field and in a summary that links to it. Therefore a field with a finding is always shown.
 */
import { forms } from '#forms';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call, type Finding } from '../api/client.ts';
import { useLive, useLoaded } from '../api/live.ts';
import type { CertificateView } from '../api/operations.ts';
import { may } from '../api/session.ts';
import { common, sentence, texts } from '../i18n.ts';
import { linkTo } from '../router.ts';
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
import { at, type FormField, isInUse, placeholderOf } from './form-values.ts';
import { labelOf } from './setting-values.ts';

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
    connections: 'Exchange-Verbindungen verwalten',
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
    connections: 'Manage Exchange connections',
    none: 'None',
    unknownChoice: (id: string) => `${id} (not found)`,
  },
});

interface SettingsFormInput {
  readonly editing: Editing<Version>;
  /** Findings that do not prevent saving. */
  readonly warnings: readonly Finding[];
  readonly saved?: (view: Version) => void;
  /** More actions for the save bar. */
  readonly children?: Child;
}

/** The whole form, from the notices to the save bar. */
export function SettingsForm(input: SettingsFormInput): VNode {
  const t = formTexts();
  const { editing } = input;
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
      <${FindingSummary} editing=${editing} />
      ${sectionsOf(editing).map(
        ({ label, fields }) =>
          html`<section class="card" key=${label} aria-label=${label}>${fields.map(one)}</section>`,
      )}
      ${isAllowed && html`<${SaveBar} editing=${editing} reason=${reason} setReason=${setReason}>${input.children}<//>`}
    </form>
    ${isComparing && html`<${ConflictDialog} editing=${editing} onClose=${() => setComparing(false)} />`}
  `;
}

/** The fields that are shown, group by group. */
function sectionsOf(editing: Editing<Version>) {
  const shown = editing.resource.fields.filter((field) => isShown(field, editing));
  return Object.entries(forms.groups)
    .map(([name, label]) => ({ label: sentence(label), fields: shown.filter(({ group }) => group === name) }))
    .filter(({ fields }) => fields.length > 0);
}

const isBelow = (pointer: string, finding: Finding): boolean =>
  finding.pointer === pointer || finding.pointer.startsWith(`${pointer}/`);

/** A finding about a whole address is shown at its required member. */
const isAt = ({ pointer, within, control }: FormField, finding: Finding): boolean =>
  isBelow(pointer, finding) || (control === 'email' && finding.pointer === within);

function isShown(field: FormField, { edited, findings }: Editing<Version>): boolean {
  return isInUse(field, edited.form) || findings.some((finding) => isAt(field, finding));
}

const fieldId = (pointer: string): string => `field${pointer.replaceAll('/', '-')}`;

interface OneFieldInput extends SettingsFormInput {
  readonly field: FormField;
  readonly sources: Sources;
  readonly disabled: boolean;
}

function OneField(input: OneFieldInput): VNode {
  const { field, editing, sources, disabled } = input;
  const { pointer, control, names } = field;
  const { form } = editing.edited;
  const value = form[pointer] ?? '';
  const shared = {
    id: fieldId(pointer),
    pointer,
    label: sentence(field.label),
    help: helpOf(field),
    findings: editing.findings.filter((finding) => isAt(field, finding)),
    warnings: input.warnings.filter((finding) => isAt(field, finding)),
    disabled,
    value,
    onInput: (entered: string | boolean) => editing.change({ [pointer]: entered }),
  };
  const options = Object.entries(field.choices ?? {}).map(([key, label]) => ({
    value: key,
    label: sentence(label),
  }));
  switch (control) {
    case 'switch':
    case 'check': {
      const text = sentence(field.statement ?? field.label);
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
        options=${withNone(sources[sourceOf(names)], String(value))}
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
        placeholder=${placeholderOf(field, form)}
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
  address: {},
  addresses: { inputmode: 'email' },
  domains: { inputmode: 'url' },
  none: {},
} as const;

function helpOf({ help, names }: FormField): Child {
  const text = help && sentence(help);
  return names?.resource === 'exchange-connections'
    ? html`${text} <a href=${linkTo('exchange')}>${formTexts().connections}</a>`
    : text;
}

/** The list that the options of a reference come from. */
type Source = 'connections' | CertificateView['kind'];

type Sources = Readonly<Record<Source, readonly Option[]>>;

const sourceOf = (names: FormField['names']): Source =>
  names?.resource === 'certificates' ? names.kind : 'connections';

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
}

function FindingSummary({ editing: { problem, findings, resource } }: SummaryInput): VNode | null {
  if (problem === undefined && findings.length === 0) return null;
  return html`<div id="findings" tabindex="-1">
    ${
      findings.length === 0
        ? html`<${ProblemNotice} problem=${problem} />`
        : html`<${Notice} tone="bad" role="alert">
            <p><strong>${common().findings(findings.length)}</strong></p>
            <${FindingList} findings=${findings} fields=${resource.fields} />
          <//>`
    }
  </div>`;
}

interface FindingListInput {
  readonly findings: readonly Finding[];
  readonly fields: readonly FormField[];
}

/** The findings, each with a link to its field. */
export function FindingList({ findings, fields }: FindingListInput): VNode {
  const jump = (finding: Finding) => (): void => {
    const field = fields.find((one) => isAt(one, finding));
    document.getElementById(fieldId(field?.pointer ?? finding.pointer))?.focus();
  };
  return html`<ul class="findings">
    ${findings.map(
      (finding) =>
        html`<li key=${`${finding.pointer} ${finding.code}`}>
          <button type="button" class="link" onClick=${jump(finding)}>
            ${labelOf(fields, finding.pointer)}</button
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
