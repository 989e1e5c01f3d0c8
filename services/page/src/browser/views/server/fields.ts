import type { VNode } from 'preact';
import { call, type Finding } from '../../api/client.ts';
import { useLive, useLoaded } from '../../api/live.ts';
import type { CertificateView, OutgoingServerView } from '../../api/operations.ts';
import { html } from '../../parts/elements.ts';
import {
  CheckField,
  ChoiceField,
  type FieldInput,
  type Option,
  PasswordField,
  SelectField,
  TextField,
  type PasswordInput,
} from '../../parts/fields.ts';
import { labelOf, settingChoices } from '../../parts/setting-values.ts';
import { linkTo } from '../../router.ts';
import type { Form } from './form.ts';
import { help } from './texts.ts';

/** What can be chosen from elsewhere. */
export interface Choices {
  readonly connections: readonly Option[];
  /** Certificates of ours, with a private key. */
  readonly own: readonly Option[];
  readonly trusted: readonly Option[];
}

const option = ({ id, name }: { readonly id: string; readonly name: string }): Option => ({
  value: id,
  label: name,
});

async function load(): Promise<Choices> {
  const [connections, certificates] = await Promise.all([
    call('GET /v1/exchange-connections', {}),
    call('GET /v1/certificates', {}),
  ]);
  const ofKind = (kind: CertificateView['kind']): readonly Option[] =>
    certificates.items.filter((one) => one.kind === kind).map(option);
  return { connections: connections.items.map(option), own: ofKind('own'), trusted: ofKind('trusted') };
}

export function useChoices(): Choices {
  const { data, reload } = useLoaded('choices', load);
  useLive(['exchange-connection-changed', 'certificate-changed'], reload);
  return data ?? { connections: [], own: [], trusted: [] };
}

/** The options, none before them, and the chosen one even if it is not among them. */
export function withNone(options: readonly Option[], chosen: string): readonly Option[] {
  const t = help();
  const isThere = chosen === '' || options.some(({ value }) => value === chosen);
  const missing = isThere ? [] : [{ value: chosen, label: t.unknownChoice(chosen) }];
  return [{ value: '', label: t.none }, ...options, ...missing];
}

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
function describe(
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

function optionsOf(pointer: string): readonly Option[] {
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

export function SmimeFields(input: FieldsInput): VNode {
  const { form, change } = input;
  const t = help();
  return html`
    <${SelectField}
      ...${describe(input, '/smime/encrypt', t.smime)}
      label="S/MIME"
      value=${form.encrypt}
      options=${optionsOf('/smime/encrypt')}
      onInput=${(encrypt: string) => change({ encrypt })}
    />
    <${CheckField}
      ...${describe(input, '/smime/sign', '')}
      help=${undefined}
      checked=${form.sign}
      text=${t.sign}
      onInput=${(sign: boolean) => change({ sign })}
    />
    ${
      (form.sign || form.encrypt === 'gateway' || form.smimeCertificateId !== '') &&
      html`<${SelectField}
        ...${describe(input, '/smime/certificateId', t.smimeCertificate)}
        value=${form.smimeCertificateId}
        options=${withNone(input.choices.own, form.smimeCertificateId)}
        onInput=${(smimeCertificateId: string) => change({ smimeCertificateId })}
      />`
    }
  `;
}

export function CertificateFields(input: FieldsInput): VNode {
  const { form, change } = input;
  const t = help();
  return html`
    <${SelectField}
      ...${describe(input, '/smtp/clientCertificateId', t.clientCertificate)}
      value=${form.clientCertificateId}
      options=${withNone(input.choices.own, form.clientCertificateId)}
      onInput=${(clientCertificateId: string) => change({ clientCertificateId })}
    />
    <${SelectField}
      ...${describe(input, '/smtp/trustedCertificateId', t.trustedCertificate)}
      value=${form.trustedCertificateId}
      options=${withNone(input.choices.trusted, form.trustedCertificateId)}
      onInput=${(trustedCertificateId: string) => change({ trustedCertificateId })}
    />
  `;
}

const limits = ['maxConnections', 'mailsPerMinute', 'recipientsPerDay'] as const;

export function MoreFields(input: FieldsInput): VNode {
  const { form, change } = input;
  const t = help();
  return html`
    <${ChoiceField}
      ...${describe(input, '/whenDisabled', t.whenDisabled)}
      value=${form.whenDisabled}
      options=${optionsOf('/whenDisabled')}
      onInput=${(whenDisabled: string) => change({ whenDisabled })}
    />
    <${SelectField}
      ...${describe(input, '/onUnknown', t.onUnknown)}
      value=${form.onUnknown}
      options=${optionsOf('/onUnknown')}
      onInput=${(onUnknown: string) => change({ onUnknown })}
    />
    <${ChoiceField}
      ...${describe(input, '/limits/preset', t.limits)}
      value=${form.preset}
      options=${optionsOf('/limits/preset')}
      onInput=${(preset: string) => change({ preset })}
    />
    ${limits.map(
      (name) =>
        html`<${TextField}
          key=${name}
          ...${describe(input, `/limits/${name}`, t.limit)}
          value=${form[name]}
          size="short"
          inputmode="numeric"
          onInput=${(value: string) => change({ [name]: value })}
        />`,
    )}
  `;
}
