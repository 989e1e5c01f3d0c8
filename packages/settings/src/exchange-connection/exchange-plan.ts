import {
  type ExchangeConnectionContent,
  type ExchangeConnectionPatch,
  type ExchangeConnectionPut,
  finding,
  type Finding,
} from '@postausgang/contracts';
import { type ContentPlan, mergeFields, type NewSecret, type Saved, unusableSecret } from '../resource.ts';
import {
  clientSecretPointer,
  exchangePasswordPointer,
  exchangeSecretBinding,
  type ExchangeSecretPointer,
} from './exchange-secrets.ts';

/** What a field takes that is absent from a creation, or reset. Name and protocol are always given. */
export const defaultConnection: ExchangeConnectionContent = {
  name: '',
  email: null,
  protocol: 'graph',
  authentication: 'oauth',
  cloud: 'global',
  tenantId: null,
  clientId: null,
  clientCertificateId: null,
  clientSecretExpiresAt: null,
  authorityUrl: null,
  scope: null,
  graphUrl: null,
  smtpHostname: null,
  smtpPort: null,
  ewsUrl: null,
  impersonation: false,
  saveSentCopy: true,
  username: null,
  servicePrincipal: null,
  trustedCertificateId: null,
  clientSecret: null,
  password: null,
};

type Plan = ContentPlan<ExchangeConnectionContent>;

const pointers = [clientSecretPointer, exchangePasswordPointer] as const;

/** The saved connection under a JSON merge patch: absent keeps, null resets to the default and deletes a secret. */
export function planConnectionPatch(
  patch: ExchangeConnectionPatch,
  { resource, content }: Saved<ExchangeConnectionContent>,
): Plan {
  const { clientSecret, password, ...fields } = patch;
  const given = { [clientSecretPointer]: clientSecret, [exchangePasswordPointer]: password };
  const planned = {
    ...mergeFields(plainFields(content), fields, plainFields(defaultConnection)),
    clientSecret: keeps(clientSecret) ? content.clientSecret : null,
    password: keeps(password) ? content.password : null,
  };
  const newSecrets: NewSecret[] = [];
  const findings: Finding[] = [];
  for (const pointer of pointers) {
    const value = given[pointer];
    if (typeof value !== 'string') continue;
    const unusable = unusableSecret(value);
    if (unusable === undefined) newSecrets.push(newSecret(resource, pointer, planned, value));
    else findings.push(finding(pointer, unusable));
  }
  return { content: planned, newSecrets, findings };
}

/** The connection that a creation or a PUT asks for: an absent field takes its default, but stored secrets stay. */
export function planConnectionPut(
  body: ExchangeConnectionPut,
  { resource, content }: Saved<ExchangeConnectionContent | null>,
): Plan {
  const { clientSecret = null, password = null } = content ?? {};
  return planConnectionPatch(body, {
    resource,
    content: { ...defaultConnection, clientSecret, password },
  });
}

function newSecret(
  resource: string,
  pointer: ExchangeSecretPointer,
  content: ExchangeConnectionContent,
  value: string,
): NewSecret {
  return { value, binding: exchangeSecretBinding(resource, pointer, content) };
}

/** A mask that is sent back leaves the stored secret alone; it is a finding. */
function keeps(secret: string | null | undefined): boolean {
  return secret === undefined || (secret !== null && unusableSecret(secret) !== undefined);
}

function plainFields(
  content: ExchangeConnectionContent,
): Omit<ExchangeConnectionContent, 'clientSecret' | 'password'> {
  const { clientSecret: _clientSecret, password: _password, ...fields } = content;
  return fields;
}
