import type { VNode } from 'preact';
import type { OutgoingServerView } from '../../api/operations.ts';
import type { Finding } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { CheckField, ChoiceField, type Option, SelectField, TextField } from '../../parts/controls.ts';
import type { FieldInput } from '../../parts/field.ts';
import { PasswordField } from '../../parts/password-field.ts';
import { labelOf, settingChoices } from '../../parts/setting-labels.ts';
import { linkTo } from '../../router.ts';
import { type Choices, withNone } from './choices.ts';
import type { Form, PasswordInput } from './form.ts';
import { help } from './texts.ts';

export interface FieldsInput {
  readonly view: OutgoingServerView;
  readonly form: Form;
  readonly change: (changes: Partial<Form>) => void;
  readonly password: PasswordInput;
  readonly changePassword: (password: PasswordInput) => void;
  readonly isForElsewhere: boolean;
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly disabled: boolean;
  readonly choices: Choices;
}

export const fieldId = (pointer: string): string => `field${pointer.replaceAll('/', '-')}`;

/** Label, help and findings of the field at a pointer; findings below it count as its own. */
export function describe(
  input: FieldsInput,
  pointer: string,
  text: string,
): FieldInput & { readonly disabled: boolean } {
  const isAt = (finding: Finding): boolean =>
    finding.pointer === pointer || finding.pointer.startsWith(`${pointer}/`);
  return {
    id: fieldId(pointer),
    label: labelOf(pointer),
    help: text,
    findings: input.findings.filter(isAt),
    warnings: input.warnings.filter(isAt),
    disabled: input.disabled,
  };
}

export function optionsOf(pointer: string): readonly Option[] {
  return Object.entries(settingChoices()[pointer] ?? {}).map(([value, label]) => ({ value, label }));
}

export function TopFields(input: FieldsInput): VNode {
  const { form, change } = input;
  const t = help();
  return html`
    <${CheckField}
      ...${describe(input, '/enabled', t.enabled)}
      isSwitch
      checked=${form.enabled}
      text=${labelOf('/enabled')}
      onInput=${(enabled: boolean) => change({ enabled })}
    />
    <${ChoiceField}
      ...${describe(input, '/serverType', t.serverType)}
      value=${form.serverType}
      options=${optionsOf('/serverType')}
      onInput=${(serverType: string) => change({ serverType })}
    />
  `;
}

const usualPorts: Readonly<Record<string, string>> = { none: '25', starttls: '587', implicit: '465' };

/** With its own Windows account the service needs neither. */
const hasLogin = ({ authentication, windowsMechanism }: Form): boolean =>
  authentication === 'password' || (authentication === 'windows' && windowsMechanism === 'ntlm');

export function ConnectionFields(input: FieldsInput): VNode {
  const { form, change, view } = input;
  const t = help();
  const usualPort = usualPorts[form.encryption] ?? '587';
  return html`
    <${ChoiceField}
      ...${describe(input, '/smtp/authentication', t.authentication)}
      value=${form.authentication}
      options=${optionsOf('/smtp/authentication')}
      onInput=${(authentication: string) => change({ authentication })}
    />
    <${TextField}
      ...${describe(input, '/smtp/hostname', t.hostname)}
      value=${form.hostname}
      inputmode="url"
      onInput=${(hostname: string) => change({ hostname })}
    />
    <${TextField}
      ...${describe(input, '/smtp/port', t.port(usualPort))}
      value=${form.port}
      size="short"
      inputmode="numeric"
      placeholder=${usualPort}
      onInput=${(port: string) => change({ port })}
    />
    ${form.authentication === 'windows' && html`<${WindowsFields} ...${input} />`}
    ${
      hasLogin(form) &&
      html`<${TextField}
        ...${describe(input, '/smtp/username', form.authentication === 'windows' ? t.domainUser : t.username)}
        value=${form.username}
        onInput=${(username: string) => change({ username })}
      />`
    }
    ${
      hasLogin(form) &&
      html`<${PasswordField}
        ...${describe(input, '/smtp/password', t.password)}
        isSet=${view.smtp.passwordSet}
        setAt=${view.smtp.passwordSetAt}
        input=${input.password}
        onInput=${input.changePassword}
        isForElsewhere=${input.isForElsewhere}
      />`
    }
    <${SelectField}
      ...${describe(input, '/smtp/encryption', t.encryption)}
      value=${form.encryption}
      options=${optionsOf('/smtp/encryption')}
      onInput=${(encryption: string) => change({ encryption })}
    />
    ${
      form.encryption === 'none' &&
      form.authentication !== 'none' &&
      html`<${CheckField}
        ...${describe(input, '/smtp/allowCleartextAuthentication', t.cleartext)}
        checked=${form.allowCleartext}
        text=${t.cleartextText}
        onInput=${(allowCleartext: boolean) => change({ allowCleartext })}
      />`
    }
  `;
}

/** What can be said beyond the choice of Windows; nothing has to be. */
function WindowsFields(input: FieldsInput): VNode {
  const { form, change } = input;
  const t = help();
  return html`
    <${SelectField}
      ...${describe(input, '/smtp/windowsMechanism', t.windowsMechanism)}
      value=${form.windowsMechanism}
      options=${optionsOf('/smtp/windowsMechanism')}
      onInput=${(windowsMechanism: string) => change({ windowsMechanism })}
    />
    <${TextField}
      ...${describe(input, '/smtp/servicePrincipal', t.servicePrincipal)}
      value=${form.servicePrincipal}
      placeholder=${`SMTPSVC/${form.hostname}`}
      onInput=${(servicePrincipal: string) => change({ servicePrincipal })}
    />
  `;
}

export function ExchangeFields(input: FieldsInput): VNode {
  const { form, change, choices } = input;
  const t = help();
  const text = html`${t.connection} <a href=${linkTo('exchange')}>${t.newConnection}</a>`;
  return html`<${SelectField}
    ...${describe(input, '/exchange/connectionId', '')}
    help=${text}
    value=${form.connectionId}
    options=${withNone(choices.connections, form.connectionId)}
    onInput=${(connectionId: string) => change({ connectionId })}
  />`;
}

export function SenderFields(input: FieldsInput): VNode {
  const { form, change } = input;
  const t = help();
  const name = { ...describe(input, '/senderAddress/name', t.senderName), findings: [], warnings: [] };
  return html`
    <${TextField}
      ...${describe(input, '/senderAddress', t.sender)}
      value=${form.senderAddress}
      type="email"
      onInput=${(senderAddress: string) => change({ senderAddress })}
    />
    <${TextField}
      ...${name}
      value=${form.senderName}
      onInput=${(senderName: string) => change({ senderName })}
    />
  `;
}

export function CopyField(input: FieldsInput): VNode {
  const { form, change } = input;
  return html`<${ChoiceField}
    ...${describe(input, '/copyToSender', help().copyToSender)}
    value=${form.copyToSender}
    options=${optionsOf('/copyToSender')}
    onInput=${(copyToSender: string) => change({ copyToSender })}
  />`;
}

export function TimeoutField(input: FieldsInput): VNode {
  const { form, change } = input;
  return html`<${TextField}
    ...${describe(input, '/timeoutSeconds', help().timeout)}
    value=${form.timeout}
    size="short"
    inputmode="decimal"
    onInput=${(timeout: string) => change({ timeout })}
  />`;
}
