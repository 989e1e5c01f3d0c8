import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import { test } from 'tap';
import type { MailStatus } from '@postausgang/contracts';
import { listenOnLoopback } from '../peers/loopback-server.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
import { startStandaloneProcess } from './standalone-process.ts';

const main = new URL('../../services/standalone/src/main.ts', import.meta.url).pathname;
const server = '/v1/outgoing-servers/default';

/** Runs the service where it has to refuse to start. */
async function refusedStart(environment: Record<string, string>): Promise<{ code: number; message: string }> {
  const ended = promisify(execFile)(process.execPath, [main], {
    env: { PORT: '0', ...environment },
    timeout: 60_000,
  });
  return ended.then(
    () => ({ code: 0, message: 'started' }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, message: stderr }),
  );
}

test('serves one valid OpenAPI document, Swagger UI, health and metrics', async (t) => {
  const service = await startStandaloneProcess(`${t.testdir()}/data`);
  t.teardown(() => service.kill());
  t.match(service.output(), /The admin key is in .*admin\.key/);
  t.match(service.output(), /Swagger UI is at http:\/\/127\.0\.0\.1:\d+\/docs/);
  t.notMatch(service.output(), service.key, 'the key itself is not printed');

  const document = (await service.call('GET', '/openapi.json')).body as {
    openapi: string;
    paths: Record<string, Record<string, { operationId?: string }>>;
  };
  t.match(await new Validator().validate(document), { valid: true });
  t.match(document.openapi, /^3\.1\./);
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  t.ok(operations.length > 15, 'both services are in it');
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);

  const get = (path: string) => fetch(service.api + path);
  t.match(await (await get('/docs')).text(), /swagger-ui/i);
  t.equal((await get('/health/live')).status, 200);
  t.equal((await get('/health/ready')).status, 200);
  t.match(await (await get('/metrics')).text(), /postausgang_mails\{state="queued"\} 0/);
  t.equal((await get('/v1/mails')).status, 401, 'nothing else without a key');
  t.equal(
    (await service.call('GET', server)).headers.get('etag'),
    '"0"',
    'the default server exists, disabled',
  );
  t.equal(await service.stop(), 0);
});

test('refuses to start where it must not, and says what to do', async (t) => {
  const directory = `${t.testdir()}/data`;
  const service = await startStandaloneProcess(directory);
  t.teardown(() => service.kill());
  const second = await refusedStart({ DATA_DIR: directory });
  t.equal(second.code, 1);
  t.match(second.message, new RegExp(`${service.pid}`), 'names the process that has the data');
  t.match(second.message, directory);

  const open = await refusedStart({ DATA_DIR: `${directory}-2`, HOST: '0.0.0.0' });
  t.equal(open.code, 1);
  t.match(open.message, /BEHIND_PROXY/);
  const wrong = await refusedStart({
    DATA_DIR: `${directory}-2`,
    PORT: 'eighty',
    ALLOW_LOOPBACK_MAIL_SERVERS: 'maybe',
  });
  t.equal(wrong.code, 1);
  t.match(wrong.message, /PORT.*\n.*ALLOW_LOOPBACK_MAIL_SERVERS/);
});

test('a stop lets mail in flight end, and the rest goes out after the next start', async (t) => {
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
  let received = 0;
  const smtpServer = await startSmtpServer({
    tls: 'none',
    onMessage: async () => {
      received += 1;
      await mayAnswer;
      return undefined;
    },
  });
  t.teardown(smtpServer.stop);
  const directory = `${t.testdir()}/data`;
  const first = await startStandaloneProcess(directory, { SMTP_CONNECTIONS: '2' });
  t.teardown(() => first.kill());
  await first.call('PUT', server, {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', port: smtpServer.port, encryption: 'none', authentication: 'none' },
    },
  });
  const ids: string[] = [];
  for (let number = 0; number < 6; number += 1) {
    const body = { to: [{ address: 'kunde@example.com' }], subject: `Rechnung ${number}`, text: 'Anbei.' };
    ids.push(((await first.call('POST', '/v1/mails', { body })).body as MailStatus).id);
  }
  await waitFor('two mails in flight', () => (received === 2 ? true : undefined));
  const stopped = first.stop();
  await waitFor('the stop to begin', () => (first.output().includes('stopping') ? true : undefined));
  answer();
  t.equal(await stopped, 0);

  const second = await startStandaloneProcess(directory);
  t.teardown(() => second.kill());
  const outcomes = await waitFor('the outcome of every mail', async () => {
    const mails = await Promise.all(ids.map((id) => second.call('GET', `/v1/mails/${id}`)));
    const states = mails.map(({ body }) => (body as MailStatus).state);
    return states.every((state) => !['queued', 'sending'].includes(state)) ? states : undefined;
  });
  t.same(
    outcomes,
    Array.from({ length: 6 }, () => 'sent'),
    'none is unknown, none is lost',
  );
  t.equal(smtpServer.messages.length, 6, 'none is sent twice');
});

test('a server that never answers holds up neither a change nor a stop', async (t) => {
  const silent = createServer((socket) => t.teardown(() => socket.destroy()));
  const { port, close } = await listenOnLoopback(silent);
  t.teardown(close);
  const smtpServer = await startSmtpServer({ tls: 'none' });
  t.teardown(smtpServer.stop);
  const directory = `${t.testdir()}/data`;
  const environment = { STOP_GRACE_SECONDS: '1', MAILER_ID: 'before' };
  const service = await startStandaloneProcess(directory, environment);
  t.teardown(() => service.kill());
  const smtp = { hostname: '127.0.0.1', port: smtpServer.port, encryption: 'none', authentication: 'none' };
  const settings = {
    enabled: true,
    serverType: 'smtp',
    timeoutSeconds: 3600,
    senderAddress: { address: 'erp@acme.example' },
  };
  const change = (version: number, body: unknown, wait = 'wait=applied') =>
    service.call('PATCH', server, { headers: { 'if-match': `"${version}"`, prefer: wait }, body });
  t.match((await change(0, { ...settings, smtp })).body, { applied: { state: 'applied' } });
  t.match((await change(1, { smtp: { port } }, '')).body, { version: 2, applied: { state: 'pending' } });
  t.match((await change(2, { enabled: false })).body, { version: 3, applied: { state: 'applied' } });
  t.equal((await service.call('POST', `${server}/connection-tests`, { body: {} })).status, 202);
  t.match((await change(3, { enabled: true }, '')).body, { version: 4, applied: { state: 'pending' } });
  t.equal(await service.stop(), 0);

  const next = await startStandaloneProcess(directory, { ...environment, MAILER_ID: 'killed' });
  await next.kill();
  const last = await startStandaloneProcess(directory, { ...environment, MAILER_ID: 'after' });
  t.teardown(() => last.kill());
  const answer = await last.call('PATCH', server, {
    headers: { 'if-match': '"4"', prefer: 'wait=applied' },
    body: { smtp: { port: smtpServer.port } },
  });
  t.match(
    answer.body,
    { applied: { state: 'applied', mailers: [{ id: 'after' }] } },
    'the killed one is not waited for',
  );
});
