import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import type { CertificateView, CreateKey } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { announce, CopyButton, FormProblem, html, Notice, ViewTitle } from '../../parts/elements.ts';
import {
  controlProps,
  Field,
  fieldAt,
  findingsWithValues,
  SelectField,
  TextField,
  useFocusOnFinding,
  valuesOf,
} from '../../parts/fields.ts';
import { linkTo } from '../../router.ts';
import { keyTexts } from './texts.ts';

/** Fields of the request that contain one text, in order. */
const textFields = [
  'commonName',
  'organization',
  'organizationalUnit',
  'locality',
  'state',
  'country',
] as const;
/** Fields that contain several values, separated as people write them. */
const listFields = ['addresses', 'dnsNames'] as const;

const subjectFields = [...textFields, ...listFields] as const;

type KeyField = 'name' | 'keyType' | (typeof subjectFields)[number];
type KeyForm = Readonly<Record<KeyField, string>>;

const keyTypes: Readonly<Record<CreateKey['keyType'], string>> = {
  'rsa-2048': 'RSA 2048',
  'rsa-3072': 'RSA 3072',
  'rsa-4096': 'RSA 4096',
  'p-256': 'EC P-256',
  'p-384': 'EC P-384',
};

const newKey: KeyForm = {
  name: '',
  keyType: 'rsa-3072',
  commonName: '',
  organization: '',
  organizationalUnit: '',
  locality: '',
  state: '',
  country: '',
  addresses: '',
  dnsNames: '',
};

/** The body of the request. Empty fields are left out, so that the API reports them as missing, not as wrong. */
function bodyOfKey(form: KeyForm): CreateKey {
  const name = form.name.trim();
  const texts = textFields.map((field): [string, string] => [field, form[field].trim()]);
  const lists = listFields.map((field): [string, readonly string[]] => [field, valuesOf(form[field])]);
  const given = [...texts, ...lists].filter(([, value]) => value.length > 0);
  const subject = Object.fromEntries(given);
  return { ...(name === '' ? {} : { name }), keyType: form.keyType, subject } as CreateKey;
}

/** The request to send to a CA: to copy or to download. */
export function SigningRequest({ certificate }: { certificate: CertificateView }): VNode {
  const t = keyTexts();
  const { id, name, signingRequest } = certificate;
  const pem = signingRequest ?? '';
  const text = useRef<HTMLTextAreaElement>(null);
  const field = { id: `request-${id}`, label: t.request, help: t.requestHelp };
  return html`<${Field} ...${field}>
    <textarea ref=${text} ...${controlProps(field)} class="pem" rows="8" readonly value=${pem}></textarea>
    <div class="actions">
      <${CopyButton} text=${pem} shown=${text} />
      <a class="button" download="${name}.csr" href="data:application/pkcs10,${encodeURIComponent(pem)}"
        >${t.download}</a
      >
    </div>
  <//>`;
}

/** A key is a certificate and a secret, so creating one needs both scopes. */
export const mayCreateKeys = (): boolean => may('settings:write') && may('secrets:write');

/** Creates a key, then shows the request to send to a CA. */
export function NewKeyView(): VNode {
  const t = keyTexts();
  const [created, setCreated] = useState<CertificateView>();
  useEffect(() => {
    if (created !== undefined) document.getElementById('view-title')?.focus();
  }, [created]);
  return html`
    <p><a href=${linkTo('certificates')}>← ${common().certificates}</a></p>
    <${ViewTitle}>${created?.name ?? t.newKey}<//>
    ${
      created === undefined
        ? html`<p class="lead">${t.intro}</p>
            <${Form} done=${setCreated} />`
        : html`<${Notice} tone="good">
              <p>${t.created}</p>
              <p>${t.next}</p>
            <//>
            <div class="card">
              <${SigningRequest} certificate=${created} />
            </div>`
    }
  `;
}

function Form({ done }: { done: (created: CertificateView) => void }): VNode {
  const t = keyTexts();
  const [form, setForm] = useState(newKey);
  const [reason, setReason] = useState('');
  const { problem, isBusy, run } = useAction(async () => {
    const query = reason.trim() === '' ? {} : { reason: reason.trim() };
    const data = await call('POST /v1/certificates/keys', { query, body: bodyOfKey(form) });
    announce(t.created);
    done(data);
  });
  useFocusOnFinding(problem);
  const fieldOf = (name: keyof KeyForm, pointer: string) => ({
    id: `key-${name}`,
    label: t.labels[name],
    help: t.help[name],
    value: form[name],
    pointer,
    findings: findingsWithValues(fieldAt(problem, pointer).findings, valuesOf(form[name])),
    onInput: (value: string) => setForm({ ...form, [name]: value }),
  });
  const options = Object.entries(keyTypes).map(([value, label]) => ({ value, label }));
  return html`<form class="card" onSubmit=${run} novalidate>
    <${FormProblem} problem=${problem} />
    <${TextField} ...${fieldOf('name', '/name')} />
    <${SelectField} ...${fieldOf('keyType', '/keyType')} options=${options} />
    ${subjectFields.map(
      (name) =>
        html`<${TextField}
          key=${name}
          ...${fieldOf(name, `/subject/${name}`)}
          size=${name === 'country' ? 'short' : undefined}
        />`,
    )}
    <${TextField}
      id="key-reason"
      label=${common().reason}
      help=${common().reasonHelp}
      value=${reason}
      onInput=${setReason}
    />
    <div class="actions"><button type="submit" class="primary" disabled=${isBusy}>${t.create}</button></div>
  </form>`;
}
