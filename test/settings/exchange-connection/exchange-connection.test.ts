import type {
  CertificateContent,
  ExchangeConnectionContent,
  ExchangeConnectionPatch,
} from '@postausgang/contracts';
import {
  defaultConnection,
  evolveSettings,
  exchangeConnectionKind,
  exchangeConnectionVersion,
  exchangeConnectionView,
  exchangeEndpoints,
  exchangeSecretBinding,
  noReferences,
  referencesOf,
  resourceDiff,
  resourceHistory,
  validateConnection,
  validateContent,
} from '@postausgang/settings';
import { test } from 'tap';
import { now, pairs, sealed, serverAfter, put } from '../fixture.ts';
import {
  connectionAfter,
  connectionOf,
  contentAfter,
  create,
  decide,
  decidedEvent,
  graphPut,
  ntlmPut,
  patch,
  resource,
  serverUsing,
  settingsAfter,
} from './fixture.ts';

const graph = await contentAfter(create(graphPut));
const ntlm = await contentAfter(create(ntlmPut));

test('a creation holds everything, its secret sealed for authority, tenant, client and endpoint', (t) => {
  const binding = exchangeSecretBinding(resource, '/clientSecret', graph);
  t.match(graph, {
    ...defaultConnection,
    ...graphPut,
    clientSecret: { sealed: sealed({ value: 'client S3cret', binding }) },
  });
  t.equal(binding.field, '/clientSecret');
  t.strictSame(validateConnection(graph), []);
  t.strictSame(validateConnection(ntlm), []);
  t.end();
});

test('whatever decides who receives a secret asks for it again', (t) => {
  const moves: readonly [ExchangeConnectionContent, Partial<ExchangeConnectionContent>, string][] = [
    [graph, { tenantId: 'acme.example' }, '/clientSecret'],
    [graph, { clientId: 'other' }, '/clientSecret'],
    [graph, { cloud: 'china' }, '/clientSecret'],
    [graph, { authorityUrl: 'https://evil.example' }, '/clientSecret'],
    [graph, { graphUrl: 'https://evil.example' }, '/clientSecret'],
    [graph, { scope: 'https://evil.example/.default' }, '/clientSecret'],
    [graph, { protocol: 'smtp-oauth' }, '/clientSecret'],
    [ntlm, { ewsUrl: 'https://evil.example/EWS/Exchange.asmx' }, '/password'],
    [ntlm, { ewsUrl: 'https://mail.acme.example:8443/EWS/Exchange.asmx' }, '/password'],
    [ntlm, { authentication: 'basic' }, '/password'],
  ];
  for (const [content, move, pointer] of moves) {
    const findings = pairs(validateConnection({ ...content, ...move }));
    const foreign = 'scope' in move ? [['/scope', 'scope-foreign']] : [];
    t.strictSame(findings, [[pointer, 'secret-required'], ...foreign], JSON.stringify(move));
  }
  const stays = { name: 'renamed', email: 'b@acme.example', tenantId: graph.tenantId?.toUpperCase() ?? null };
  t.strictSame(validateConnection({ ...graph, ...stays }), []);
  t.strictSame(
    validateConnection({ ...ntlm, ewsUrl: 'https://mail.acme.example:443/EWS/Exchange.asmx/' }),
    [],
  );
  t.end();
});

test('a new secret with the new destination is enough, and a mask is none', async (t) => {
  const state = await connectionAfter(create(graphPut));
  const refusal = (body: ExchangeConnectionPatch) => {
    const decision = decide(patch(body), state);
    return decision.outcome === 'refused' ? pairs(decision.findings) : decision.outcome;
  };
  t.strictSame(refusal({ tenantId: 'acme.example' }), [['/clientSecret', 'secret-required']]);
  t.equal(refusal({ tenantId: 'acme.example', clientSecret: 'again' }), 'changed');
  t.strictSame(refusal({ clientSecret: '••••••' }), [['/clientSecret', 'secret-is-a-mask']]);
  t.strictSame(refusal({ clientSecret: null }), [['/clientSecret', 'client-secret-required']]);
  t.equal(refusal({ email: 'b@acme.example' }), 'changed');
  t.equal(refusal({ email: graphPut.email }), 'unchanged');
});

test('says everything that is missing or wrong at once', (t) => {
  const wrong = (put: object) => {
    const body = { name: 'x', protocol: 'graph', ...put };
    const plan = exchangeConnectionKind.planPut(body as never, { resource, content: null });
    const granting = { body, before: null, grantedAt: now };
    const content = exchangeConnectionKind.granted(plan.content, granting);
    return pairs(exchangeConnectionKind.findingsOf({ ...plan, content }));
  };
  t.strictSame(wrong({}), [
    ['/clientId', 'client-id-required'],
    ['/clientSecret', 'client-secret-required'],
    ['/email', 'mailbox-required'],
    ['/tenantId', 'tenant-required'],
  ]);
  t.strictSame(wrong({ ...graphPut, tenantId: 'common', email: 'a@b,c@d' }), [
    ['/email', 'address-invalid'],
    ['/tenantId', 'tenant-invalid'],
  ]);
  t.strictSame(wrong({ ...graphPut, authentication: 'basic' }), [
    ['/authentication', 'authentication-unsupported'],
    ['/password', 'password-required'],
    ['/username', 'username-required'],
  ]);
  t.strictSame(wrong({ ...graphPut, cloud: 'custom' }), [
    ['/authorityUrl', 'url-required'],
    ['/graphUrl', 'url-required'],
  ]);
  t.strictSame(
    wrong({ ...graphPut, protocol: 'smtp-oauth', cloud: 'custom', authorityUrl: 'https://a.example' }),
    [['/smtpHostname', 'hostname-required']],
  );
  t.strictSame(wrong({ ...graphPut, protocol: 'smtp-oauth', smtpHostname: '-', smtpPort: 0 }), [
    ['/smtpHostname', 'hostname-invalid'],
    ['/smtpPort', 'port-out-of-range'],
  ]);
  t.strictSame(wrong({ ...ntlmPut, ewsUrl: null }), [['/ewsUrl', 'url-required']]);
  t.strictSame(wrong({ ...graphPut, protocol: 'ews', authentication: 'negotiate' }), [
    ['/ewsUrl', 'url-required'],
  ]);
  for (const url of ['https://u:p@a.example', 'https://a.example?x=1', 'https://a.example#x', 'https://']) {
    t.strictSame(wrong({ ...ntlmPut, ewsUrl: url }), [['/ewsUrl', 'url-invalid']], url);
  }
  t.strictSame(wrong({ ...graphPut, clientSecretExpiresAt: '2026-02-30T00:00:00Z' }), [
    ['/clientSecretExpiresAt', 'date-invalid'],
  ]);
  t.strictSame(wrong({ ...graphPut, clientCertificateId: 'x', servicePrincipal: 'x y' }), [
    ['/clientCertificateId', 'certificate-unknown'],
    ['/servicePrincipal', 'service-principal-invalid'],
  ]);
  t.end();
});

test('each cloud has its own endpoints and scope, and what is entered counts more', (t) => {
  const endpoints = (change: Partial<ExchangeConnectionContent>) =>
    exchangeEndpoints({ ...graph, ...change });
  t.match(endpoints({}), {
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    scope: 'https://graph.microsoft.com/.default',
  });
  t.match(endpoints({ protocol: 'smtp-oauth' }), {
    smtpHostname: 'smtp.office365.com',
    smtpPort: 587,
    scope: 'https://outlook.office365.com/.default',
  });
  t.match(endpoints({ protocol: 'ews', cloud: 'us-government' }), {
    authority: 'https://login.microsoftonline.us',
    ews: 'https://outlook.office365.us/EWS/Exchange.asmx',
    scope: 'https://outlook.office365.us/.default',
  });
  t.match(endpoints({ cloud: 'us-government-dod' }), { graph: 'https://dod-graph.microsoft.us' });
  t.match(endpoints({ cloud: 'china' }), { authority: 'https://login.chinacloudapi.cn' });
  t.strictSame(
    endpoints({
      cloud: 'custom',
      authorityUrl: 'https://Sts.acme.example:443/x/',
      protocol: 'smtp-oauth',
      smtpHostname: 'MX.acme.example.',
      smtpPort: 2525,
    }),
    {
      authority: 'https://sts.acme.example/x',
      graph: null,
      ews: null,
      smtpHostname: 'mx.acme.example',
      smtpPort: 2525,
      scope: 'https://mx.acme.example/.default',
    },
  );
  t.equal(endpoints({ scope: 'api://x/.default' }).scope, 'api://x/.default');
  t.end();
});

test('reads any text in place of a host, and an IPv6 address as one', async (t) => {
  const hosts = {
    'a b': null,
    '': null,
    'a/b': null,
    '[x': null,
    ' ': null,
    '::1': 'https://[::1]/.default',
  };
  for (const [smtpHostname, scope] of Object.entries(hosts)) {
    const content = { ...graph, protocol: 'smtp-oauth' as const, smtpHostname };
    t.equal(exchangeEndpoints(content).scope, scope, smtpHostname);
    t.doesNotThrow(() => exchangeSecretBinding('exchange-connections/c1', '/clientSecret', content));
  }
  t.end();
});

test('what is in use cannot be deleted; otherwise it goes, its history stays, and it can come back', async (t) => {
  const settings = await settingsAfter(create(graphPut), patch({ name: 'renamed' }));
  const server = serverUsing('c1');
  evolveSettings(settings, server);
  t.match(decide({ operation: 'delete' }, connectionOf(settings), referencesOf(settings)), {
    outcome: 'refused',
    code: 'resource-in-use',
    users: ['outgoing-servers/default'],
  });
  const state = connectionOf(settings);
  t.strictSame(decide({ operation: 'delete' }, state, noReferences, 1), {
    outcome: 'refused',
    code: 'version-conflict',
    findings: [],
    users: [],
  });
  const deleted = await connectionAfter(create(graphPut), patch({ name: 'renamed' }), {
    operation: 'delete',
  });
  t.strictSame([deleted.version, deleted.content], [3, null]);
  for (const request of [
    patch({ name: 'x' }),
    { operation: 'put', body: graphPut } as const,
    { operation: 'delete' } as const,
  ]) {
    t.match(decide(request, deleted), { outcome: 'refused', code: 'not-found' });
  }
  t.match(decide(create(graphPut), deleted), { outcome: 'refused', code: 'version-conflict' });
  t.match(decide({ operation: 'revert', version: 3 }, deleted), { code: 'settings-invalid' });
  const history = resourceHistory(exchangeConnectionKind, deleted, { cursor: null, limit: 9 });
  t.strictSame(
    history.items.map(({ operation }) => operation),
    ['delete', 'patch', 'create'],
  );
  t.match(history.items[1]?.differences, [{ pointer: '/name', from: 'Exchange Online', to: 'renamed' }]);
  t.ok(history.items[0]?.differences.some(({ pointer, secret }) => pointer === '/clientSecret' && secret));
  t.strictSame(resourceDiff(exchangeConnectionKind, deleted, 0, 3)?.differences, []);
  const back = await connectionAfter(
    create(graphPut),
    { operation: 'delete' },
    { operation: 'revert', version: 1 },
  );
  t.match(back, { version: 3, content: { name: 'Exchange Online' } });
  t.strictSame(
    validateConnection(back.content ?? defaultConnection),
    [],
    'with its secret, for the same place',
  );
});

test('an event against another version or a foreign name changes nothing', async (t) => {
  const settings = await settingsAfter(create(graphPut));
  const event = await decidedEvent(patch({ name: 'x' }), connectionOf(settings));
  const verdicts = [
    { ...event, data: { ...event.data, expectedVersion: 0 } },
    { ...event, id: 'a', data: { ...event.data, resource: 'exchange-connections/' } },
    { ...event, id: 'b', data: { ...event.data, resource: 'outgoing-servers/default' } },
    { ...event, id: 'c' },
    { ...event, id: 'c' },
  ].map((each) => evolveSettings(settings, each));
  t.strictSame(verdicts, ['conflict', 'ignored', 'ignored', 'accepted', 'duplicate']);
});

test('the view shows that secrets are set, and who uses the connection', async (t) => {
  const settings = await settingsAfter(create(graphPut));
  evolveSettings(settings, serverUsing('c1'));
  const references = referencesOf(settings);
  const view = exchangeConnectionView(connectionOf(settings), references, null);
  t.match(view, {
    id: 'c1',
    version: 1,
    clientSecretSet: true,
    passwordSet: false,
    usedBy: ['outgoing-servers/default'],
    warnings: [],
  });
  t.notOk(view !== undefined && ('clientSecret' in view || 'password' in view));
  t.equal(
    exchangeConnectionView(
      await connectionAfter(create(graphPut), { operation: 'delete' }),
      references,
      null,
    ),
    undefined,
  );
  t.strictSame(exchangeConnectionVersion(connectionOf(settings), 0, references), {
    change: null,
    connection: null,
  });
  t.equal(exchangeConnectionVersion(connectionOf(settings), 2, references), undefined);
});

test('a server may name the connections that are there, and no others', async (t) => {
  const settings = await settingsAfter(create(graphPut));
  const server = await serverAfter(
    put({
      enabled: false,
      serverType: 'exchange',
      senderAddress: { address: 'a@b.example' },
      exchange: { connectionId: 'c1' },
    }),
  );
  t.strictSame(validateContent(server.content, referencesOf(settings)), []);
  t.strictSame(pairs(validateContent(server.content, noReferences)), [
    ['/exchange/connectionId', 'exchange-connection-unknown'],
  ]);
  const deleted = await settingsAfter(create(graphPut), { operation: 'delete' });
  t.strictSame(pairs(validateContent(server.content, referencesOf(deleted))), [
    ['/exchange/connectionId', 'exchange-connection-unknown'],
  ]);
});

test('a client certificate is an own one of RSA that exists, a trusted one is to be trusted', (t) => {
  const withKey = (type: string) =>
    ({
      kind: 'own',
      privateKey: {},
      details: { goodFor: [], publicKey: { type } },
    }) as unknown as CertificateContent;
  const known = new Map([
    ['rsa', withKey('rsa')],
    ['ec', withKey('ec')],
  ]);
  const references = { ...noReferences, certificate: (id: string) => known.get(id) };
  const findings = (change: Partial<ExchangeConnectionContent>) =>
    pairs(
      validateConnection(
        exchangeConnectionKind.granted(
          { ...graph, ...change },
          { body: change, before: graph, grantedAt: now },
        ),
        references,
      ),
    );
  t.strictSame(findings({ clientCertificateId: 'rsa', clientSecret: null }), []);
  t.strictSame(findings({ clientCertificateId: 'ec' }), [['/clientCertificateId', 'certificate-not-rsa']]);
  t.strictSame(findings({ clientCertificateId: 'none' }), [['/clientCertificateId', 'certificate-unknown']]);
  const pairsOfTrust = findings({ trustedCertificateId: 'rsa' });
  t.ok(
    pairsOfTrust.some(
      ([pointer, code]) => `${pointer} ${code}` === '/trustedCertificateId certificate-kind-wrong',
    ),
  );
  t.end();
});
