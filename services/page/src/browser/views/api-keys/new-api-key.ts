/*
 * A new API key, by its purpose. The service keeps only a hash of the key, so this view is the only place that ever shows it:
 * as long as it does, leaving asks first.
 */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, call } from '../../api/client.ts';
import { useLoaded } from '../../api/live.ts';
import type { CreateApiKey, CreatedApiKey } from '../../api/operations.ts';
import type { Scope } from '../../api/session.ts';
import { common } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { announce, CopyButton, Dialog, FormProblem, html, Notice, ViewTitle } from '../../parts/elements.ts';
import {
  ChecksField,
  ChoiceField,
  controlProps,
  Field,
  fieldAt,
  type FieldInput,
  findingsWithValues,
  SelectField,
  TextField,
  useFocusOnFinding,
  valuesOf,
} from '../../parts/fields.ts';
import { unreadable } from '../../parts/form-values.ts';
import { goTo, linkTo, useLeaveQuestion } from '../../router.ts';
import {
  apiKeyTexts,
  type Box,
  boxes,
  presets,
  type Priority,
  priorityNames,
  type Purpose,
  purposes,
  quotaNames,
} from './texts.ts';

const lists = ['senderDomains', 'recipientDomains'] as const;

interface KeyForm {
  readonly name: string;
  readonly purpose: Purpose;
  readonly chosen: readonly Box[];
  readonly mail: 'own' | 'all';
  /** A day, `2031-02-03`; empty: never. */
  readonly expires: string;
  readonly senders: readonly string[];
  readonly senderDomains: string;
  readonly recipientDomains: string;
  readonly priority: Priority;
  readonly quotas: Readonly<Record<(typeof quotaNames)[number], string>>;
}

const isAboutMail = (chosen: readonly Box[]): boolean =>
  chosen.includes('mail:read') || chosen.includes('mail:manage');
/** Whether the limits of a key matter: resending is sending, too. */
const maySend = (chosen: readonly Box[]): boolean =>
  (['mail:send', 'mail:manage', 'admin'] as const).some((box) => chosen.includes(box));

function preset(purpose: Purpose): Pick<KeyForm, 'purpose' | 'chosen' | 'mail'> {
  const scopes = presets[purpose];
  const isAll = scopes.includes('mail:read:all');
  const chosen = boxes.filter((box) => scopes.includes(box) || (box === 'mail:read' && isAll));
  return { purpose, chosen, mail: isAll ? 'all' : 'own' };
}

const empty: KeyForm = {
  ...preset('sending'),
  name: '',
  expires: '',
  senders: [],
  senderDomains: '',
  recipientDomains: '',
  priority: 'normal',
  quotas: Object.fromEntries(quotaNames.map((name) => [name, ''])) as KeyForm['quotas'],
};

const scopesOf = ({ chosen, mail }: KeyForm): readonly Scope[] =>
  chosen.map((box) =>
    mail === 'all' && (box === 'mail:read' || box === 'mail:manage') ? (`${box}:all` as const) : box,
  );

/** The last second of a day where the person is. */
function endOf(day: string): string {
  return new Date(`${day}T23:59:59`).toISOString();
}

const numberOf = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

/** The quotas that were entered. Throws ApiProblem if one of them is not a number. */
function quotasOf({ quotas }: KeyForm): NonNullable<CreateApiKey['quotas']> {
  const given = quotaNames.flatMap((name) => {
    const text = quotas[name].trim();
    return text === '' ? [] : [[name, numberOf(text)] as const];
  });
  const findings = unreadable(Object.fromEntries(given.map(([name, value]) => [`/quotas/${name}`, value])));
  if (findings.length > 0) throw new ApiProblem(422, { code: 'api-key-invalid', findings });
  return Object.fromEntries(given);
}

/** From whom, to whom and how much a key may send. */
function limitsOf(form: KeyForm): Partial<CreateApiKey> {
  return {
    senders: [...form.senders],
    senderDomains: [...valuesOf(form.senderDomains)],
    recipientDomains: [...valuesOf(form.recipientDomains)],
    quotas: quotasOf(form),
    ...(form.priority === 'normal' ? {} : { priority: form.priority }),
  };
}

/** The body of the request. Empty fields are left out, so that the API reports them as missing, not as wrong. */
function bodyOf(form: KeyForm): CreateApiKey {
  const { name, expires, chosen } = form;
  const values = {
    name: name.trim(),
    scopes: scopesOf(form),
    expiresAt: expires === '' ? '' : endOf(expires),
    ...(maySend(chosen) ? limitsOf(form) : {}),
  };
  const given = Object.entries(values).filter(([, value]) => Object.keys(value ?? {}).length > 0);
  return Object.fromEntries(given) as CreateApiKey;
}

/** Creates a key, then shows it. */
export function NewApiKeyView(): VNode {
  const t = apiKeyTexts();
  const [created, setCreated] = useState<CreatedApiKey>();
  useEffect(() => {
    if (created !== undefined) document.getElementById('view-title')?.focus();
  }, [created]);
  return html`
    <p><a href=${linkTo('keys')}>← ${common().access}</a></p>
    <${ViewTitle}>${created?.name ?? t.newTitle}<//>
    ${
      created === undefined
        ? html`<p class="lead">${t.newIntro}</p>
            <${Form} done=${setCreated} />`
        : html`<${Created} created=${created} />`
    }
  `;
}

/** The only time that the key is shown. */
function Created({ created: { id, key } }: { created: CreatedApiKey }): VNode {
  const t = apiKeyTexts();
  const shown = useRef<HTMLInputElement>(null);
  const { isAsked, stay, leaveNow } = useLeaveQuestion();
  const field = { id: 'new-key', label: t.key, help: common().keyHelp };
  return html`
    <${Notice} tone="warn">
      <p><strong>${t.created}</strong></p>
      <p>${t.once}</p>
    <//>
    <div class="card">
      <${Field} ...${field}>
        <input ref=${shown} ...${controlProps(field)} readonly spellcheck="false" value=${key} />
        <div class="actions"><${CopyButton} text=${key} shown=${shown} /></div>
      <//>
      <div class="actions">
        <button type="button" class="primary" onClick=${() => leaveNow(() => goTo('keys', id))}>
          ${t.done}
        </button>
      </div>
    </div>
    ${
      isAsked &&
      html`<${Dialog} title=${t.leaveTitle} onClose=${stay}>
        <p>${t.leaveText}</p>
        <div class="actions">
          <button type="button" class="primary" onClick=${stay}>${t.stay}</button>
          <button type="button" class="danger" onClick=${() => leaveNow()}>${t.leave}</button>
        </div>
      <//>`
    }
  `;
}

function Form({ done }: { done: (created: CreatedApiKey) => void }): VNode {
  const t = apiKeyTexts();
  const [form, setForm] = useState(empty);
  const { problem, isBusy, run } = useAction(async () => {
    const created = await call('POST /v1/api-keys', { body: bodyOf(form) });
    announce(t.created);
    done(created);
  });
  useFocusOnFinding(problem);
  const change = (changed: Partial<KeyForm>): void => setForm((before) => ({ ...before, ...changed }));
  return html`<form class="card" id="api-key-form" onSubmit=${run} novalidate>
    <${FormProblem} problem=${problem} />
    <${ChoiceField}
      id="api-key-purpose"
      label=${t.purpose}
      value=${form.purpose}
      options=${purposes.map((value) => ({ value, ...t.purposes[value] }))}
      onInput=${(value: Purpose) => change(preset(value))}
    />
    <${TextField}
      id="api-key-name"
      label=${t.name}
      help=${t.nameHelp}
      value=${form.name}
      required=${true}
      onInput=${(name: string) => change({ name })}
      ...${fieldAt(problem, '/name')}
    />
    <${Permissions} form=${form} change=${change} problem=${problem} />
    <${TextField}
      id="api-key-expires"
      label=${t.expires}
      help=${t.expiresHelp}
      type="date"
      size="short"
      value=${form.expires}
      onInput=${(expires: string) => change({ expires })}
      ...${fieldAt(problem, '/expiresAt')}
    />
    ${maySend(form.chosen) && html`<${Limits} form=${form} change=${change} problem=${problem} />`}
    <div class="actions"><button type="submit" class="primary" disabled=${isBusy}>${t.create}</button></div>
  </form>`;
}

interface PartInput {
  readonly form: KeyForm;
  readonly change: (changed: Partial<KeyForm>) => void;
  readonly problem: ApiProblem | undefined;
}

/** The scopes, each with what it permits, and whose mail they are about. */
function Permissions({ form: { chosen, mail }, change, problem }: PartInput): VNode {
  const t = apiKeyTexts();
  return html`
    <${ChecksField}
      id="api-key-scopes"
      label=${t.scopes}
      chosen=${chosen}
      options=${boxes.map((value) => ({ value, ...t.scopeTexts[value] }))}
      onInput=${(values: readonly Box[]) => change({ chosen: boxes.filter((box) => values.includes(box)) })}
      ...${fieldAt(problem, '/scopes')}
    />
    ${
      isAboutMail(chosen) &&
      html`<${ChoiceField}
        id="api-key-mail"
        label=${t.mail}
        value=${mail}
        options=${(['own', 'all'] as const).map((value) => ({ value, ...t.mailChoices[value] }))}
        onInput=${(value: KeyForm['mail']) => change({ mail: value })}
      />`
    }
  `;
}

/** From whom, to whom and how much a key may send. */
function Limits({ form, change, problem }: PartInput): VNode {
  const t = apiKeyTexts();
  const help = { senderDomains: t.domainsHelp, recipientDomains: t.recipientsHelp };
  return html`
    <${SenderChoice}
      chosen=${form.senders}
      onInput=${(senders: readonly string[]) => change({ senders })}
      field=${{ id: 'api-key-senders', label: t.senders, help: t.sendersHelp, ...fieldAt(problem, '/senders') }}
    />
    ${lists.map((name) => {
      const { pointer, findings } = fieldAt(problem, `/${name}`);
      return html`<${TextField}
        key=${name}
        id=${`api-key-${name}`}
        label=${t[name]}
        help=${help[name]}
        pointer=${pointer}
        findings=${findingsWithValues(findings, valuesOf(form[name]))}
        value=${form[name]}
        inputmode="url"
        onInput=${(value: string) => change({ [name]: value })}
      />`;
    })}
    <${SelectField}
      id="api-key-priority"
      label=${t.priority}
      help=${t.priorityHelp}
      value=${form.priority}
      options=${priorityNames.map((value) => ({ value, label: t.priorities[value] }))}
      onInput=${(priority: Priority) => change({ priority })}
      ...${fieldAt(problem, '/priority')}
    />
    ${quotaNames.map(
      (name) =>
        html`<${TextField}
          key=${name}
          id=${`api-key-${name}`}
          label=${t.quotaTexts[name]}
          help=${t.quotasHelp}
          size="short"
          inputmode="numeric"
          value=${form.quotas[name]}
          onInput=${(value: string) => change({ quotas: { ...form.quotas, [name]: value } })}
          ...${fieldAt(problem, `/quotas/${name}`)}
        />`,
    )}
  `;
}

interface SenderChoiceInput {
  readonly chosen: readonly string[];
  readonly onInput: (chosen: readonly string[]) => void;
  readonly field: FieldInput;
}

/** The senders to choose from: those that are found, and always those that are chosen. */
function SenderChoice({ chosen, onInput, field }: SenderChoiceInput): VNode {
  const t = apiKeyTexts();
  const [text, setText] = useState('');
  const seen = useRef(new Map<string, string>());
  const query = { limit: 20, ...(text === '' ? {} : { text }) };
  const { data } = useLoaded(`senders of a new key ${text}`, () => call('GET /v1/senders', { query }));
  for (const { id, name, address } of data?.items ?? []) seen.current.set(id, `${name} <${address}>`);
  const found = (data?.items ?? []).map(({ id }) => id);
  const ids = [...new Set(['default', ...chosen, ...found])];
  const labelOf = (id: string): string => (id === 'default' ? t.defaultSender : (seen.current.get(id) ?? id));
  const hasMore = (data?.nextCursor ?? null) !== null;
  const search = html`<input
    type="search"
    autocomplete="off"
    aria-label=${t.findSenders}
    placeholder=${t.findSenders}
    value=${text}
    onInput=${(event: Event) => setText((event.target as HTMLInputElement).value)}
    onKeyDown=${(event: KeyboardEvent) => event.key === 'Enter' && event.preventDefault()}
  />`;
  return html`<${ChecksField}
    ...${field}
    chosen=${chosen}
    options=${ids.map((value) => ({ value, label: labelOf(value) }))}
    onInput=${onInput}
  >
    ${(hasMore || text !== '') && search} ${hasMore && html`<p class="muted">${t.moreSenders}</p>`}
  <//>`;
}
