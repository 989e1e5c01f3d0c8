import {
  type ApplyStatus,
  type Difference,
  type ExchangeConnectionContent,
  type ExchangeConnectionPatch,
  type ExchangeConnectionPut,
  type ExchangeConnectionVersion,
  type ExchangeConnectionView,
  finding,
  type Finding,
} from '@postausgang/contracts';
import { noReferences, type References } from './references.ts';
import {
  changeToVersion,
  contentOf,
  type ContentPlan,
  mergeFields,
  type NewSecret,
  plainDifferences,
  type PlainValues,
  resourceChange,
  type ResourceChange,
  type ResourceKind,
  type ResourceState,
  type Saved,
  secretDifference,
  unusableSecret,
} from './resource.ts';
import {
  clientSecretPointer,
  exchangePasswordPointer,
  exchangeSecretBinding,
  type ExchangeSecretPointer,
  validateConnection,
} from './validate-connection.ts';

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
function planConnectionPatch(
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
function planConnectionPut(
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

/** An Exchange connection; its content is null before its creation and after its deletion. */
export type ExchangeConnectionState = ResourceState<ExchangeConnectionContent | null>;

/** Exchange connections. What is saved can be used: there is no half-finished one. */
export const exchangeConnectionKind: ResourceKind<
  ExchangeConnectionContent | null,
  ExchangeConnectionPut,
  ExchangeConnectionPatch
> = {
  prefix: 'exchange-connections/',
  initialContent: null,
  secretPointers: [clientSecretPointer, exchangePasswordPointer],
  planPut: planConnectionPut,
  planPatch: planConnectionPatch,
  findingsOf: findingsOfConnection,
  differences,
  withSecret: (content, pointer, secret) =>
    pointer === clientSecretPointer ? { ...content, clientSecret: secret } : { ...content, password: secret },
};

/** Everything that keeps a planned connection from being used, its new secrets included. */
export function findingsOfConnection(
  { content, newSecrets, findings }: ContentPlan<ExchangeConnectionContent>,
  references: References = noReferences,
): readonly Finding[] {
  const answered = new Set(findings.map(({ pointer }) => pointer));
  for (const { binding } of newSecrets) answered.add(binding.field);
  const inContent = validateConnection(content, references);
  return [...findings, ...inContent.filter(({ pointer }) => !answered.has(pointer))];
}

function differences(
  from: ExchangeConnectionContent | null,
  to: ExchangeConnectionContent | null,
): Difference[] {
  return [
    ...plainDifferences(plainValues(from), plainValues(to)),
    ...secretDifference(clientSecretPointer, from?.clientSecret, to?.clientSecret),
    ...secretDifference(exchangePasswordPointer, from?.password, to?.password),
  ];
}

function plainValues(content: ExchangeConnectionContent | null): PlainValues {
  if (content === null) return new Map();
  const fields = new Map<string, unknown>(Object.entries(content));
  return new Map(
    Object.keys(defaultConnection)
      .filter((name) => name !== 'clientSecret' && name !== 'password')
      .map((name) => [`/${name}`, fields.get(name)]),
  );
}

/** The connection as GET answers it; undefined while there is none. `applied`: null while nothing uses it. */
export function exchangeConnectionView(
  { resource, content, latestChange }: ExchangeConnectionState,
  references: References,
  applied: ApplyStatus | null,
): ExchangeConnectionView | undefined {
  if (content === null || latestChange === null) return undefined;
  return { ...versionedView(resource, content, latestChange, references), applied };
}

/** An earlier version as it was; undefined when there is no such version. */
export function exchangeConnectionVersion(
  state: ExchangeConnectionState,
  version: number,
  references: References,
): ExchangeConnectionVersion | undefined {
  const content = contentOf(exchangeConnectionKind, state, version);
  if (content === undefined) return undefined;
  const change = changeToVersion(state, version) ?? null;
  if (change === null) return { change: null, connection: null };
  return {
    change: resourceChange(exchangeConnectionKind, change),
    connection: content === null ? null : versionedView(state.resource, content, change, references),
  };
}

function versionedView(
  resource: string,
  content: ExchangeConnectionContent,
  { version, changedAt, actor }: ResourceChange<ExchangeConnectionContent | null>,
  references: References,
): Omit<ExchangeConnectionView, 'applied'> {
  const { clientSecret, password, ...fields } = content;
  return {
    id: resource.slice(exchangeConnectionKind.prefix.length),
    version,
    ...fields,
    clientSecretSet: clientSecret !== null,
    clientSecretSetAt: clientSecret?.setAt ?? null,
    passwordSet: password !== null,
    passwordSetAt: password?.setAt ?? null,
    warnings: validateConnection(content, references),
    usedBy: [...references.usersOf(resource)],
    updatedAt: changedAt,
    updatedBy: actor.name,
  };
}
