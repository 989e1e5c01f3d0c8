import type {
  CertificateContent,
  ExchangeConnectionContent,
  ExchangeConnectionPatch,
  ExchangeConnectionPut,
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
  SealedSecret,
} from '@postausgang/contracts';
import {
  completeConnection,
  completeContent,
  decideResourceChange,
  exchangeConnectionKind,
  exchangeIdentityProblem,
  exchangeSecretBinding,
  initialState,
  noReferences,
  outgoingServerKind,
  type References,
  type ResourceKind,
  type ResourceRequest,
  type ResourceState,
  sealPlan,
  smtpIdentityProblem,
  smtpPasswordBinding,
  storedSecret,
  usesPassword,
  validateConnection,
} from '@postausgang/settings';
import { usedSecret } from '@postausgang/credentials';
import fc from 'fast-check';
import { test, type Test } from 'tap';
import { describeExchange } from '../../services/mailer/src/transports/exchange/describe.ts';
import { describeSmtp } from '../../services/mailer/src/transports/smtp/open-session.ts';
import { anna, now, pairs, seal } from './fixture.ts';

const own = {
  kind: 'own',
  privateKey: {},
  details: {
    goodFor: ['client', 'sign', 'encrypt'],
    publicKey: { type: 'rsa' },
    addresses: [],
    validFrom: '2026-01-01T00:00:00Z',
    validTo: '2027-01-01T00:00:00Z',
  },
} as unknown as CertificateContent;

const references: References = {
  ...noReferences,
  certificate: (id) => (id.startsWith('trusted') ? { ...own, kind: 'trusted' } : own),
};

/** A resource of one kind as it changes, version by version. */
interface Resource<Content, Put, Patch> {
  readonly kind: ResourceKind<Content, Put, Patch>;
  state: ResourceState<Content>;
}

interface Asked {
  readonly mayGrant: boolean;
  readonly references?: References;
}

/** What is saved; undefined where the request is refused or changes nothing. */
async function save<Content, Put, Patch>(
  resource: Resource<Content, Put, Patch>,
  request: ResourceRequest<Put, Patch>,
  { mayGrant, references: known = references }: Asked,
): Promise<Content | readonly (readonly [string, string])[] | undefined> {
  const { kind, state } = resource;
  const grantsAt = mayGrant ? now : undefined;
  const command = { ...request, expectedVersion: state.version, actor: anna, reason: null, grantsAt };
  const decision = decideResourceChange(kind, command, state, known);
  if (decision.outcome === 'refused') return pairs(decision.findings);
  if (decision.outcome === 'unchanged' || decision.plan === null) return undefined;
  const content = await sealPlan(decision.plan, kind, now, seal);
  const version = state.version + 1;
  const at = { version, eventId: `${version}`, changedAt: now };
  const change = { ...decision.change, ...at, content, before: state.content };
  resource.state = { ...state, version, content, latestChange: { ...change, previous: state.latestChange } };
  return content;
}

/** What a draft is tested as. */
async function draft<Content, Put, Patch>(
  { kind, state: { resource, content: saved } }: Resource<Content, Put, Patch>,
  body: Patch & object,
  mayGrant: boolean,
): Promise<Content | undefined> {
  if (saved === null || saved === undefined) return undefined;
  const plan = kind.planPatch(body, { resource, content: saved });
  const granting = { body, before: saved, grantedAt: mayGrant ? now : null };
  const granted = { ...plan, content: kind.granted(plan.content, granting) };
  return sealPlan(granted, kind, now, seal);
}

const server = () => ({
  kind: outgoingServerKind,
  state: initialState(outgoingServerKind, 'outgoing-servers/default'),
});
const connection = () => ({
  kind: exchangeConnectionKind,
  state: initialState(exchangeConnectionKind, 'exchange-connections/c1'),
});

const put = <Put>(body: Put) => ({ operation: 'put', body }) as const;
const create = <Put>(body: Put) => ({ operation: 'create', body }) as const;
const patch = <Patch>(body: Patch) => ({ operation: 'patch', body }) as const;
const admin = { mayGrant: true };
const settingsOnly = { mayGrant: false };

const smtpPut = {
  enabled: true,
  serverType: 'smtp',
  senderAddress: { address: 'erp@acme.example' },
} as const;
const certificatePut = {
  name: 'Graph',
  email: 'erp@acme.example',
  protocol: 'graph',
  tenantId: 'acme.example',
  clientId: 'app',
  clientCertificateId: 'ours',
} as const satisfies ExchangeConnectionPut;

test('a certificate is used only where somebody with secrets:write has said so', async (t) => {
  const one = connection();
  const refused = [['/clientCertificateId', 'grant-required']];
  t.same(await save(one, create(certificatePut), settingsOnly), refused, 'not chosen without the right');
  await save(one, create(certificatePut), admin);
  t.match(one.state.content, { identityGrant: { grantedAt: now } });
  for (const change of [
    { graphUrl: 'https://evil.example' },
    { tenantId: 'evil.example' },
    { clientId: 'other' },
    { clientCertificateId: 'another' },
    { authorityUrl: 'https://evil.example' },
    { trustedCertificateId: 'trusted-x' },
    { protocol: 'smtp-oauth' },
    { protocol: 'smtp-oauth', smtpPort: 465 },
    { cloud: 'us-government' },
  ] satisfies ExchangeConnectionPatch[]) {
    t.same(await save(one, patch(change), settingsOnly), refused, JSON.stringify(change));
    t.equal(exchangeIdentityProblem(contentOf(await draft(one, change, false)), new Set()), 'grant-required');
    t.equal(exchangeIdentityProblem(contentOf(await draft(one, change, true)), new Set()), undefined);
  }
  t.match(await save(one, patch({ name: 'renamed' }), settingsOnly), { name: 'renamed' }, 'the rest is free');
  t.match(await save(one, patch({ graphUrl: 'https://graph.acme.example' }), admin), { identityGrant: {} });
  t.same(exchangeConnectionKind.differences(null, one.state.content).at(-1), {
    pointer: '/identityGrant',
    secret: true,
    from: null,
    to: null,
  });
  t.match(
    await save(one, { operation: 'revert', version: 1 }, settingsOnly),
    { graphUrl: null },
    'a revert goes where the certificate was allowed',
  );
  t.equal(exchangeIdentityProblem(contentOf(one.state.content), new Set()), undefined);
});

function contentOf<Content>(content: Content | null | undefined): Content {
  if (content === null || content === undefined) throw new Error('nothing is saved');
  return content;
}

test('a destination that was slipped in while sending is off is not granted by a change of something else', async (t) => {
  const one = server();
  const smtp = { hostname: 'mx.acme.example', authentication: 'none', clientCertificateId: 'ours' } as const;
  await save(one, put({ ...smtpPut, enabled: false, smtp }), admin);
  t.equal(smtpIdentityProblem(one.state.content, new Set()), undefined);
  await save(one, patch({ smtp: { hostname: 'evil.example' } }), settingsOnly);
  t.equal(smtpIdentityProblem(one.state.content, new Set()), 'grant-required');
  t.same(await save(one, patch({ enabled: true }), admin), [['/smtp/clientCertificateId', 'grant-required']]);
  await save(one, patch({ timeoutSeconds: 30, smtp: { port: 25 } }), admin);
  t.equal(smtpIdentityProblem(one.state.content, new Set()), 'grant-required');
  await save(one, patch({ smtp: { hostname: 'mx.acme.example', port: null } }), settingsOnly);
  t.equal(
    smtpIdentityProblem(one.state.content, new Set()),
    undefined,
    'where it was allowed it may go again',
  );
  await save(one, patch({ smtp: { hostname: 'new.acme.example' } }), settingsOnly);
  await save(one, patch({ smtp: { clientCertificateId: 'ours' } }), admin);
  t.equal(smtpIdentityProblem(one.state.content, new Set()), undefined, 'the certificate was named again');
});

test('the Kerberos identity of the service goes where it was allowed, or where the operator lets it', async (t) => {
  const one = server();
  const hosts = new Set(['mx2.acme.example']);
  const smtp = { hostname: 'mx.acme.example', authentication: 'windows' } as const;
  const refused = [['/smtp/authentication', 'grant-required']];
  t.same(await save(one, put({ ...smtpPut, smtp }), settingsOnly), refused);
  await save(one, put({ ...smtpPut, smtp }), admin);
  t.same(await save(one, patch({ smtp: { hostname: 'evil.example' } }), settingsOnly), refused);
  const moved = patch({ smtp: { hostname: 'MX2.acme.example.' } });
  t.same(await save(one, moved, settingsOnly), refused);
  const listed = { ...references, identityHosts: hosts };
  t.match(await save(one, moved, { ...settingsOnly, references: listed }), { version: undefined });
  t.equal(smtpIdentityProblem(one.state.content, hosts), undefined);
  t.equal(
    smtpIdentityProblem(one.state.content, new Set()),
    'grant-required',
    'the mailer asks its own list',
  );

  const ews = connection();
  const negotiate = {
    name: 'EWS',
    email: 'erp@acme.example',
    protocol: 'ews',
    authentication: 'negotiate',
    ewsUrl: 'https://mx.acme.example/EWS/Exchange.asmx',
  } as const;
  await save(ews, create(negotiate), admin);
  const away = patch({ ewsUrl: 'https://evil.example/EWS/Exchange.asmx' });
  t.same(await save(ews, away, settingsOnly), [['/authentication', 'grant-required']]);
});

test('a ticket is for the class of the protocol at the host that is connected to', async (t) => {
  const one = server();
  const smtp = { hostname: 'mx.acme.example', authentication: 'windows' } as const;
  await save(one, put({ ...smtpPut, smtp }), admin);
  const at = '/smtp/servicePrincipal';
  const cases = [
    ['cifs/mx.acme.example', 'service-principal-invalid'],
    ['HTTP/mx.acme.example', 'service-principal-invalid'],
    ['host/mx.acme.example', 'service-principal-invalid'],
    ['SMTPSVC/fileserver.acme.example', 'service-principal-foreign'],
    ['smtp/mx', 'service-principal-foreign'],
  ] as const;
  for (const [servicePrincipal, code] of cases) {
    t.same(await save(one, patch({ smtp: { servicePrincipal } }), admin), [[at, code]], servicePrincipal);
    const tested = await draft(one, { smtp: { servicePrincipal } }, true);
    t.ok(smtpIdentityProblem(contentOf(tested), new Set()), `${servicePrincipal} in a draft`);
  }
  for (const servicePrincipal of ['SMTPSVC/MX.acme.example', 'smtp/mx.acme.example']) {
    t.match(await save(one, patch({ smtp: { servicePrincipal } }), admin), { smtp: { servicePrincipal } });
  }
  const listed = { ...references, identityHosts: new Set(['node1.acme.example']) };
  const clustered = patch({ smtp: { servicePrincipal: 'SMTPSVC/node1.acme.example' } });
  t.match(await save(one, clustered, { ...admin, references: listed }), { smtp: {} });
});

test('the scope of a token is that of its endpoint, or what the cloud has at its place', (t) => {
  const withScope = (scope: string, change: Partial<ExchangeConnectionContent> = {}) =>
    pairs(
      validateConnection(
        completeConnection({ ...base, ...certificatePut, identityGrant: null, scope, ...change }),
        references,
      ),
    ).filter(([pointer]) => pointer === '/scope');
  for (const scope of ['https://graph.microsoft.com/.default', 'https://graph.microsoft.com//.default']) {
    t.same(withScope(scope), []);
  }
  const proxied = { graphUrl: 'https://graph.acme.example' };
  t.same(withScope('https://graph.microsoft.com/.default', proxied), []);
  t.same(withScope('https://graph.acme.example/.default', proxied), []);
  t.same(withScope('https://outlook.office365.com/.default', { protocol: 'smtp-oauth' }), []);
  for (const scope of [
    'https://vault.azure.net/.default',
    'https://management.azure.com/.default',
    'https://outlook.office365.com/.default',
    'https://graph.microsoft.com.evil.example/.default',
    'https://graph.microsoft.com@evil.example/.default',
    'http://graph.microsoft.com/.default',
    'api://app/.default',
    '.default',
  ]) {
    t.same(withScope(scope), [['/scope', 'scope-foreign']], scope);
  }
  t.end();
});

const base = completeConnection({ ...exchangeConnectionKind.planPut(certificatePut, saved()).content });

function saved() {
  return { resource: 'exchange-connections/c1', content: null };
}

test('settings that were saved before there were grants keep working for exactly what they say', async (t) => {
  const { identityGrant: _, ...old } = base;
  const complete = completeConnection(old);
  t.match(complete.identityGrant, { grantedAt: null });
  t.equal(exchangeIdentityProblem(complete, new Set()), undefined);
  const one = connection();
  one.state = { ...one.state, version: 1, content: complete };
  t.same(await save(one, patch({ graphUrl: 'https://evil.example' }), settingsOnly), [
    ['/clientCertificateId', 'grant-required'],
  ]);
  t.equal(
    completeConnection({ ...old, identityGrant: null }).identityGrant,
    null,
    'a later event has to have one',
  );

  const { smtp, ...rest } = outgoingServerKind.initialContent;
  const { identityGrant: _grant, ...oldSmtp } = {
    ...smtp,
    hostname: 'mx.acme.example',
    clientCertificateId: 'x',
  };
  t.equal(smtpIdentityProblem(completeContent({ ...rest, smtp: oldSmtp }), new Set()), undefined);
});

/*
 * Ten thousand edits for every way to sign in. Whoever lacks `secrets:write` uses values that name the stranger, whoever
 * has it never does. Nothing of what the mailer would prove itself with may ever go to the stranger.
 */

const strange = /evil|6666|"encryption":"none"|chinacloud|partner\.outlook/;
const some = <Value>(...values: readonly Value[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined });

const strangeSmtp = fc.record({
  hostname: some('evil.example', 'mx.acme.example', 'EVIL.example.'),
  port: some(6666, null),
  encryption: some('none', 'starttls', 'implicit'),
  authentication: some('none', 'password', 'windows', 'external'),
  authorizationIdentity: some('evil@acme.example', null),
  windowsMechanism: some('negotiate', 'kerberos', 'ntlm'),
  servicePrincipal: some('SMTPSVC/evil.example', 'cifs/evil.example', null),
  clientCertificateId: some('evil-certificate', 'ours', null),
  trustedCertificateId: some('trusted-evil', null),
  username: some('anybody', 'erp@acme.example'),
  allowCleartextAuthentication: some(true),
});
const strangeConnection = fc.record({
  protocol: some('graph', 'ews', 'smtp-oauth'),
  authentication: some('oauth', 'basic', 'ntlm', 'negotiate'),
  cloud: some('china', 'custom', 'global'),
  tenantId: some('evil.example', 'acme.example'),
  clientId: some('evil', 'app'),
  clientCertificateId: some('evil-certificate', 'ours', null),
  authorityUrl: some('https://evil.example', null),
  graphUrl: some('https://evil.example', null),
  ewsUrl: some('https://evil.example/EWS', 'https://mx.acme.example/EWS/Exchange.asmx', null),
  smtpHostname: some('evil.example', null),
  smtpPort: some(6666, null),
  scope: some('https://evil.example/.default', 'https://graph.microsoft.com/.default', null),
  servicePrincipal: some('HTTP/evil.example', null),
  trustedCertificateId: some('trusted-evil', null),
  username: some('anybody', 'erp'),
  email: some('anybody@evil-free.example', 'erp@acme.example'),
});
const good = fc.constantFrom<'full' | 'name' | 'port' | 'on' | 'off'>('full', 'name', 'port', 'on', 'off');

type Edit<Changes> =
  | { readonly by: 'stranger'; readonly changes: Changes; readonly as: 'save' | 'draft' | 'off' | 'revert' }
  | { readonly by: 'admin'; readonly changes: 'full' | 'name' | 'port' | 'on' | 'off' };

const edits = <Changes>(changes: fc.Arbitrary<Changes>, seed: number): readonly Edit<Changes>[] => {
  const stranger = fc.record({
    by: fc.constant('stranger' as const),
    changes,
    as: fc.constantFrom('save' as const, 'draft' as const, 'off' as const, 'revert' as const),
  });
  const honest = fc.record({ by: fc.constant('admin' as const), changes: good });
  const weighted = fc.oneof({ arbitrary: stranger, weight: 6 }, { arbitrary: honest, weight: 1 });
  return fc.sample(weighted, { numRuns: editsPerWay, seed });
};

const editsPerWay = 10_000;

/** Everything but what is undefined. */
const given = (changes: object): object =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));

interface Way<Content, Put, Patch> {
  readonly name: string;
  readonly start: () => Resource<Content, Put, Patch>;
  readonly body: Put;
  readonly patchOf: (changes: object) => Patch & object;
  readonly port: Patch;
  /** Who would get a proof of identity from these settings; null: nobody. */
  readonly receiver: (content: NonNullable<Content>) => string | null;
}

const tally = { proofs: 0, refused: 0 };

async function attack<Content, Put extends object, Patch>(
  t: Test,
  way: Way<Content, Put, Patch>,
  all: readonly Edit<object>[],
): Promise<void> {
  const one = way.start();
  const first = one.state.version === 0 && one.state.content === null ? create(way.body) : put(way.body);
  await save(one, first, admin);
  let elsewhere = 0;
  const check = (content: Content | undefined): void => {
    const receiver = content === undefined || content === null ? null : way.receiver(content);
    if (receiver === null) return;
    tally.proofs += 1;
    if (strange.test(receiver)) {
      elsewhere += 1;
      if (elsewhere === 1) t.comment(`${way.name}: ${receiver}`);
    }
  };
  t.ok(receiverOf(way, one), `${way.name} signs in`);
  for (const edit of all) {
    if (edit.by === 'admin') {
      const request = edit.changes === 'full' ? put(way.body) : patch(honestPatch(way, edit.changes));
      await save(one, request, admin);
    } else {
      const changes = way.patchOf(given(edit.changes));
      if (edit.as === 'draft') check(await draft(one, changes, false));
      else {
        const off =
          edit.as === 'off'
            ? { ...changes, ...('serverType' in way.body ? { enabled: false } : {}) }
            : changes;
        const { version } = one.state;
        const back = Math.max(1, version - (JSON.stringify(changes).length % 7));
        await save(
          one,
          edit.as === 'revert' ? { operation: 'revert', version: back } : patch(off),
          settingsOnly,
        );
      }
    }
    check(one.state.content);
  }
  t.equal(elsewhere, 0, `${way.name}: ${all.length} edits`);
}

function receiverOf<Content, Put, Patch>(
  way: Way<Content, Put, Patch>,
  { state }: Resource<Content, Put, Patch>,
) {
  return state.content === null || state.content === undefined ? null : way.receiver(state.content);
}

function honestPatch<Content, Put extends object, Patch>(
  way: Way<Content, Put, Patch>,
  what: 'name' | 'port' | 'on' | 'off',
): Patch {
  if (what === 'port') return way.port;
  const isServer = 'serverType' in way.body;
  if (what === 'name') return (isServer ? { timeoutSeconds: 61 } : { name: 'renamed' }) as Patch;
  return (isServer ? { enabled: what === 'on' } : { saveSentCopy: what === 'on' }) as Patch;
}

const isFor = (secret: { sealed: SealedSecret } | null, digest: string): boolean =>
  secret?.sealed.destination === digest;

function smtpReceiver(content: OutgoingServerContent): string | null {
  const { smtp } = content;
  const description = describeSmtp(content);
  if (description === null || smtpIdentityProblem(content, new Set()) !== undefined) return null;
  const { destination } = smtpPasswordBinding('outgoing-servers/default', smtp);
  const isKerberos = smtp.authentication === 'windows' && smtp.windowsMechanism !== 'ntlm';
  const isProof =
    (usesPassword(smtp) && isFor(smtp.password, destination)) ||
    isKerberos ||
    (smtp.clientCertificateId !== null && smtp.encryption !== 'none');
  const { username: _, ...to } = description;
  return isProof ? JSON.stringify([to, smtp.clientCertificateId, smtp.trustedCertificateId]) : null;
}

function exchangeReceiver(content: ExchangeConnectionContent): string | null {
  const description = describeExchange(content, { timeoutSeconds: 60 });
  if (description === null || exchangeIdentityProblem(content, new Set()) !== undefined) return null;
  const pointer = usedSecret(content);
  const isProof =
    pointer === undefined ||
    isFor(
      storedSecret(pointer, content),
      exchangeSecretBinding('exchange-connections/c1', pointer, content).destination,
    );
  const { mailbox: _, ...to } = description;
  return isProof ? JSON.stringify(to).replace('"username":"anybody"', '') : null;
}

const smtpWay = (
  name: string,
  smtp: NonNullable<OutgoingServerPut['smtp' & keyof OutgoingServerPut]>,
): Way<OutgoingServerContent, OutgoingServerPut, OutgoingServerPatch> => ({
  name,
  start: server,
  body: { ...smtpPut, smtp: { hostname: 'mx.acme.example', ...smtp } } as OutgoingServerPut,
  patchOf: (changes) => ({ smtp: changes }),
  port: { smtp: { port: 587 } },
  receiver: smtpReceiver,
});

const exchangeWay = (
  name: string,
  body: Partial<ExchangeConnectionPut>,
): Way<ExchangeConnectionContent | null, ExchangeConnectionPut, ExchangeConnectionPatch> => ({
  name,
  start: connection,
  body: { ...certificatePut, clientCertificateId: null, ...body },
  patchOf: (changes) => changes,
  port: { smtpPort: 587 },
  receiver: exchangeReceiver,
});

const login = { username: 'erp@acme.example', password: 'S3cret' };
const ews = { protocol: 'ews', ewsUrl: 'https://mx.acme.example/EWS/Exchange.asmx' } as const;
const secret = { clientSecret: 'S3cret' };
const certificate = { clientCertificateId: 'ours' };

test('ten thousand edits for each way to sign in send no credential elsewhere', async (t) => {
  const smtpEdits = edits(strangeSmtp, 12);
  const smtpWays = [
    smtpWay('SMTP password', login),
    smtpWay('SMTP NTLM', { ...login, authentication: 'windows', windowsMechanism: 'ntlm' }),
    smtpWay('SMTP Kerberos', { authentication: 'windows', windowsMechanism: 'kerberos' }),
    smtpWay('SMTP certificate', { authentication: 'none', clientCertificateId: 'ours' }),
    smtpWay('SMTP EXTERNAL', { authentication: 'external', clientCertificateId: 'ours' }),
  ];
  for (const way of smtpWays) await attack(t, way, smtpEdits);
  const exchangeEdits = edits(strangeConnection, 13);
  const exchangeWays = [
    exchangeWay('Graph secret', secret),
    exchangeWay('Graph certificate', certificate),
    exchangeWay('SMTP with a token, secret', { ...secret, protocol: 'smtp-oauth' }),
    exchangeWay('SMTP with a token, certificate', { ...certificate, protocol: 'smtp-oauth' }),
    exchangeWay('EWS certificate', { ...certificate, protocol: 'ews' }),
    exchangeWay('EWS basic', { ...ews, ...login, authentication: 'basic' }),
    exchangeWay('EWS NTLM', { ...ews, ...login, authentication: 'ntlm' }),
    exchangeWay('EWS Kerberos', { ...ews, authentication: 'negotiate' }),
  ];
  for (const way of exchangeWays) await attack(t, way, exchangeEdits);
  t.ok(tally.proofs > 20_000, `${tally.proofs} times an identity would have been proven, where it may be`);
});
