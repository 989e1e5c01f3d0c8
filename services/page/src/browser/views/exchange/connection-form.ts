import type { VNode } from 'preact';
import type { ApiProblem } from '../../api/client.ts';
import type { ExchangeConnectionPut, ExchangeConnectionView } from '../../api/operations.ts';
import { html, problemFindings } from '../../parts/elements.ts';
import {
  CheckField,
  type Option,
  PasswordField,
  SelectField,
  TextField,
  type PasswordInput,
} from '../../parts/fields.ts';
import { type Choices, withNone } from '../server/fields.ts';
import { exchangeTexts } from './texts.ts';

/** What stands in the controls, by the name of the field. */
export type ConnectionForm = Readonly<Record<string, string | boolean>>;

const textFields = [
  'name',
  'email',
  'tenantId',
  'clientId',
  'authorityUrl',
  'graphUrl',
  'smtpHostname',
  'ewsUrl',
  'username',
  'servicePrincipal',
  'clientCertificateId',
  'trustedCertificateId',
] as const;
/** Fields that are kept as they are, since they are not on this page. */
const keptFields = ['scope', 'smtpPort'] as const;

export const newConnection: ConnectionForm = {
  name: '',
  protocol: 'graph',
  authentication: 'oauth',
  cloud: 'global',
  impersonation: false,
  saveSentCopy: true,
};

export function formOfConnection(view: ExchangeConnectionView): ConnectionForm {
  const texts = textFields.map((name): [string, string] => [name, view[name] ?? '']);
  const { protocol, authentication, cloud, impersonation, saveSentCopy, clientSecretExpiresAt } = view;
  return {
    ...Object.fromEntries(texts),
    protocol,
    authentication,
    cloud,
    impersonation,
    saveSentCopy,
    clientSecretExpiresAt: clientSecretExpiresAt?.slice(0, 10) ?? '',
  };
}

/** Whether the form says something else than what is saved. */
export function isConnectionChanged(form: ConnectionForm, view: ExchangeConnectionView): boolean {
  const before = formOfConnection(view);
  return Object.entries(form).some(([name, value]) => (before[name] ?? '') !== value);
}

/** The whole connection as it is to be saved; fields that are not shown keep their values. */
export function bodyOfConnection(
  form: ConnectionForm,
  view: ExchangeConnectionView | undefined,
  clientSecret: PasswordInput,
  password: PasswordInput,
): ExchangeConnectionPut {
  const texts = textFields.map((name): [string, string | null] => [name, textOf(form[name])]);
  const kept = view === undefined ? [] : keptFields.map((name): [string, unknown] => [name, view[name]]);
  const expires = textOf(form['clientSecretExpiresAt']);
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(texts),
    name: String(form['name']).trim(),
    protocol: form['protocol'],
    authentication: form['authentication'],
    cloud: form['cloud'],
    impersonation: form['impersonation'],
    saveSentCopy: form['saveSentCopy'],
    clientSecretExpiresAt: expires === null ? null : `${expires}T00:00:00Z`,
    ...secret('clientSecret', clientSecret),
    ...secret('password', password),
  } as ExchangeConnectionPut;
}

function textOf(value: string | boolean | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function secret(name: string, { action, value }: PasswordInput): Readonly<Record<string, string | null>> {
  if (action === 'remove') return { [name]: null };
  return action === 'set' && value !== '' ? { [name]: value } : {};
}

/** The fields that the protocol and the way to sign in need, in their order. */
function shownFields(form: ConnectionForm): readonly string[] {
  const isEws = form['protocol'] === 'ews';
  const isOauth = !isEws || form['authentication'] === 'oauth';
  const isCustom = form['cloud'] === 'custom';
  const oauth = [
    'cloud',
    'tenantId',
    'clientId',
    'clientSecret',
    'clientSecretExpiresAt',
    'clientCertificateId',
  ];
  const account = form['authentication'] === 'negotiate' ? ['servicePrincipal'] : ['username', 'password'];
  return [
    'name',
    'email',
    'protocol',
    ...(isEws ? ['authentication', 'ewsUrl'] : []),
    ...(isOauth ? oauth : account),
    ...(isOauth && isCustom ? ['authorityUrl'] : []),
    ...(isCustom && form['protocol'] === 'graph' ? ['graphUrl'] : []),
    ...(form['protocol'] === 'smtp-oauth' ? ['smtpHostname'] : []),
    ...(isEws ? ['impersonation', 'saveSentCopy'] : []),
    'trustedCertificateId',
  ];
}

interface ConnectionFieldsInput {
  readonly form: ConnectionForm;
  readonly change: (changes: ConnectionForm) => void;
  readonly view: ExchangeConnectionView | undefined;
  readonly problem: ApiProblem | undefined;
  readonly disabled: boolean;
  readonly choices: Choices;
  readonly clientSecret: PasswordInput;
  readonly setClientSecret: (input: PasswordInput) => void;
  readonly password: PasswordInput;
  readonly setPassword: (input: PasswordInput) => void;
}

/** What decides who gets a secret. */
const destination = [
  'protocol',
  'authentication',
  'cloud',
  'tenantId',
  'clientId',
  'authorityUrl',
  'graphUrl',
  'ewsUrl',
  'smtpHostname',
  'trustedCertificateId',
];

export function ConnectionFields(input: ConnectionFieldsInput): VNode {
  return html`${shownFields(input.form).map((name) => html`<${OneField} key=${name} ...${input} name=${name} />`)}`;
}

function OneField({ name, ...input }: ConnectionFieldsInput & { name: string }): VNode {
  const t = exchangeTexts();
  const { form, change, view, disabled } = input;
  const pointer = `/${name}`;
  const choices = t.choices[pointer];
  const value = form[name] ?? '';
  const field = {
    id: `field-${name}`,
    label: t.labels[pointer] ?? pointer,
    help: t.help[pointer],
    findings: problemFindings(input.problem, pointer),
    warnings: (view?.warnings ?? []).filter((warning) => warning.pointer === pointer),
    disabled,
  };
  const put = (next: string | boolean): void => change({ [name]: next });
  if (choices !== undefined) {
    const options: readonly Option[] = Object.entries(choices).map(([key, label]) => ({ value: key, label }));
    return html`<${SelectField} ...${field} value=${value} options=${options} onInput=${put} />`;
  }
  if (name === 'clientCertificateId' || name === 'trustedCertificateId') {
    const certificates = name === 'clientCertificateId' ? input.choices.own : input.choices.trusted;
    const options = withNone(certificates, String(value));
    return html`<${SelectField} ...${field} value=${value} options=${options} onInput=${put} />`;
  }
  if (name === 'clientSecret' || name === 'password')
    return html`<${SecretField} ...${input} name=${name} field=${field} />`;
  if (typeof form[name] === 'boolean') {
    const text = name === 'impersonation' ? t.impersonationText : t.saveSentCopyText;
    return html`<${CheckField}
      ...${field}
      help=${undefined}
      checked=${value === true}
      text=${text}
      onInput=${put}
    />`;
  }
  const type = name === 'clientSecretExpiresAt' ? 'date' : 'text';
  return html`<${TextField}
    ...${field}
    type=${type}
    value=${value}
    size=${type === 'date' ? 'short' : undefined}
    onInput=${put}
  />`;
}

interface SecretFieldInput extends ConnectionFieldsInput {
  readonly name: 'clientSecret' | 'password';
  readonly field: Readonly<Record<string, unknown>>;
}

function SecretField({ name, field, form, view, ...input }: SecretFieldInput): VNode {
  const before: ConnectionForm = view === undefined ? {} : formOfConnection(view);
  const isForElsewhere = destination.some((key) => (before[key] ?? '') !== (form[key] ?? ''));
  const isSecret = name === 'clientSecret';
  return html`<${PasswordField}
    ...${field}
    isForElsewhere=${isForElsewhere}
    isSet=${(isSecret ? view?.clientSecretSet : view?.passwordSet) ?? false}
    setAt=${(isSecret ? view?.clientSecretSetAt : view?.passwordSetAt) ?? null}
    input=${isSecret ? input.clientSecret : input.password}
    onInput=${isSecret ? input.setClientSecret : input.setPassword}
  />`;
}
