import type { VNode } from 'preact';
import type { ExchangeConnectionView } from '../../api/operations.ts';
import type { ApiProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { CheckField, type Option, SelectField, TextField } from '../../parts/controls.ts';
import { problemFindings } from '../../parts/notices.ts';
import { PasswordField } from '../../parts/password-field.ts';
import type { Choices } from '../server/choices.ts';
import { withNone } from '../server/choices.ts';
import type { PasswordInput } from '../server/form.ts';
import { type ConnectionForm, formOfConnection, shownFields } from './connection-form.ts';
import { exchangeTexts } from './texts.ts';

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
