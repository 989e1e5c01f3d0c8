import type { ExchangeConnectionPut, ExchangeConnectionView } from '../../api/operations.ts';
import type { PasswordInput } from '../server/form.ts';

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
export function shownFields(form: ConnectionForm): readonly string[] {
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
