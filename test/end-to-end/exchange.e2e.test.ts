import type { ApplyStatus } from '@postausgang/contracts';
import { test, type Test } from 'tap';
import { createCertificates } from '../peers/certificates.ts';
import { startAuthority } from '../peers/exchange/authority.ts';
import { startEwsServer } from '../peers/exchange/ews-server.ts';
import { startGraphServer } from '../peers/exchange/graph-server.ts';
import { noSecretIn, serverPath, startExchangeProduct } from './exchange-product.ts';

const clientSecret = 'Kanarienvogel-4471-geheim';
const password = 'Kanarienvogel-9902-geheim';
const mailbox = 'erp@acme.example';
const registration = { tenantId: 'acme.example', clientId: 'app-1', clientSecret };

async function startProduct(t: Test) {
  const certificates = await createCertificates();
  t.teardown(certificates.remove);
  const authority = await startAuthority(certificates.server, registration);
  const graph = await startGraphServer(certificates.server, authority, mailbox);
  const ews = await startEwsServer({
    certificate: certificates.server,
    mailbox,
    ntlm: { domain: 'ACME', user: 'erp', password },
  });
  t.teardown(() => Promise.all([graph.close(), ews.close(), authority.close()]));
  return { authority, graph, ews, ...(await startExchangeProduct(t, certificates)) };
}

const graphConnection = (authorityUrl: string, graphUrl: string) => ({
  name: 'Exchange Online',
  email: mailbox,
  protocol: 'graph',
  cloud: 'custom',
  authorityUrl,
  graphUrl,
  tenantId: registration.tenantId,
  clientId: registration.clientId,
  clientSecret,
});

test('Exchange from the first test to the mail, and a broken change that stops nothing', async (t) => {
  const { authority, graph, ews, service, call, testConnection, send, stateOf } = await startProduct(t);
  const connection = graphConnection(authority.url, graph.url);
  const created = await call('POST', '/v1/exchange-connections', connection);
  const { id } = created.body as { id: string };
  const at = `/v1/exchange-connections/${id}`;

  const runTest = async (path: string, body: unknown) => {
    const { state, steps, serverId } = await testConnection(path, body);
    return {
      state,
      serverId,
      steps: steps.map((step) => [step.name, step.state, step.hint?.code ?? null]),
      all: steps,
    };
  };
  const tested = await runTest(at, { probe: { to: mailbox } });
  t.match(tested, { state: 'ok', serverId: null });
  t.strictSame(
    tested.steps.map(([name, state]) => `${name} ${state}`),
    ['token ok', 'resolve ok', 'connect ok', 'tls ok', 'authenticate ok', 'mailbox ok', 'probe ok'],
  );
  t.match(tested.all[3], { certificate: { subjectAltNames: [/localhost/] }, milliseconds: Number });
  t.equal(graph.mails.length, 1);
  const wrongSecret = await runTest(at, { draft: { clientSecret: 'wrong' } });
  t.match(wrongSecret.steps[0], ['token', 'failed', 'client-secret-wrong']);
  const moved = await runTest(at, { draft: { tenantId: 'evil.example' } });
  t.match(moved.steps[0], ['token', 'failed', 'secret-required'], 'the stored secret goes nowhere else');
  graph.faults.push({ status: 403, body: JSON.stringify({ error: { code: 'ErrorSendAsDenied' } }) });
  const sendAs = await runTest(at, { probe: { to: mailbox, from: 'chef@acme.example' } });
  t.match(sendAs.steps.at(-1), ['probe', 'failed', 'sender-refused']);

  const server = {
    serverType: 'exchange',
    enabled: true,
    senderAddress: { name: 'ACME', address: mailbox },
    copyToSender: 'auto',
    exchange: { connectionId: id },
  };
  const saved = await call('PUT', serverPath, server, 0, 'wait=applied');
  t.match(saved.body, { version: 1, warnings: [], applied: { state: 'applied' } });
  t.match((await call('GET', at)).body, {
    applied: { state: 'applied', version: 1 },
    usedBy: ['outgoing-servers/default'],
  });
  t.match(
    (await runTest(serverPath, {})).steps.map(([name]) => name),
    ['token', 'resolve', 'connect', 'tls'],
  );
  t.match(await call('DELETE', at, undefined, 1), { status: 409 });

  const mail = await stateOf(await send(), 'sent');
  t.match(mail, { decisions: { copies: [] }, attempts: [{ server: `localhost:${graph.port}` }] });
  t.equal(graph.mails.length, 2);

  // Broken: the old transport serves on, and the receipts of both say so.
  const broken = await call('PATCH', at, { email: 'nobody@acme.example' }, 1, 'wait=applied');
  t.match(broken.body, { version: 2, applied: { state: 'failed', version: 2 } });
  const [mailer] = (broken.body as { applied: ApplyStatus }).applied.mailers;
  t.match(mailer, { state: 'failed', servingVersion: 1, failure: { code: 'mailbox-unknown' } });
  await stateOf(await send(), 'sent');
  t.equal(graph.mails.length, 3);

  // To the own server with NTLM: another protocol, another secret, the same version of the server.
  const own = {
    name: 'In the house',
    email: mailbox,
    protocol: 'ews',
    authentication: 'ntlm',
    ewsUrl: `${ews.url}/EWS/Exchange.asmx`,
    username: 'ACME\\erp',
    password,
  };
  const ewsTest = await call('PUT', at, own, 2, 'wait=applied');
  t.match(ewsTest.body, { version: 3, applied: { state: 'applied' }, passwordSet: true });
  t.strictSame(
    (await runTest(serverPath, {})).steps.map(([name, state]) => `${name} ${state}`),
    ['token skipped', 'resolve ok', 'connect ok', 'tls ok', 'authenticate ok', 'mailbox ok', 'probe skipped'],
  );
  await stateOf(await send(), 'sent');
  t.equal(ews.mails.length, 1);
  await noSecretIn(t, service, [clientSecret, password]);
});

test('a lost reply is unknown, will be looked up by the Message-ID, and nothing is sent twice', async (t) => {
  const { authority, graph, call, send, stateOf } = await startProduct(t);
  const connection = graphConnection(authority.url, graph.url);
  const { id } = (await call('POST', '/v1/exchange-connections', connection)).body as { id: string };
  const server = {
    serverType: 'exchange',
    enabled: true,
    senderAddress: { address: mailbox },
    exchange: { connectionId: id },
  };
  await call('PUT', serverPath, server, 0, 'wait=applied');
  graph.faults.push('lose-reply');
  const mail = await stateOf(await send(), 'unknown');
  t.match(mail.decisions, { onUnknown: 'reconcile' });
  t.equal(graph.mails.length, 1);
});
