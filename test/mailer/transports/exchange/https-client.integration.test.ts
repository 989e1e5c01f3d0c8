import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { test, type Test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import { createBearerClient } from '../../../../services/mailer/src/transports/exchange/oauth.ts';
import { createExchangeHttps } from '../../../../services/mailer/src/transports/exchange/open.ts';
import { type CertificateRequest, createCertificates } from '../../../peers/certificates.ts';
import { listenOnLoopback } from '../../../peers/loopback-server.ts';
import { optionsFor } from './fixture.ts';

const body = Buffer.from('a mail');

/** A server that hears of a request as soon as its head is there. */
async function startServer(t: Test, listener: RequestListener, request?: CertificateRequest) {
  const certificates = await createCertificates();
  const issued =
    request === undefined ? certificates.server : await certificates.issue('other-server', request);
  const { certificate: cert, key } = issued;
  const { port, close } = await listenOnLoopback(createServer({ cert, key }, listener));
  const https = createExchangeHttps(optionsFor(certificates), { timeoutSeconds: 5, maxConnections: 1 });
  t.teardown(async () => {
    https.close();
    await close();
    await certificates.remove();
  });
  return { https, wanted: { method: 'POST', url: `https://localhost:${port}/`, body } as const };
}

test('informational answers before and after the last byte change nothing', async (t) => {
  const { promise: informed, resolve: inform } = Promise.withResolvers<void>();
  const { https, wanted } = await startServer(t, (request, response) => {
    response.writeContinue(inform);
    request.resume().once('end', () => {
      response.writeContinue();
      response.writeHead(202).end();
    });
  });
  let intents = 0;
  const onIntent = async (): Promise<void> => {
    intents += 1;
    await informed;
  };
  t.match(await https.request({ ...wanted, onIntent }), { kind: 'answer', status: 202, sent: true });
  t.equal(intents, 1);
});

test('an answer before the last byte is told apart, and that byte is never sent', async (t) => {
  const heard: Buffer[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const { https, wanted } = await startServer(t, (request, response) => {
    request.on('data', (chunk: Buffer) => heard.push(chunk));
    request.socket.once('close', end);
    response.writeHead(429, { 'retry-after': '7' }).end();
  });
  const intent = Promise.withResolvers<void>();
  const answer = await https.request({ ...wanted, onIntent: () => intent.promise });
  intent.resolve();
  t.match(answer, { kind: 'answer', status: 429, sent: false, headers: { 'retry-after': '7' } });
  await ended;
  t.notOk(Buffer.concat(heard).equals(body));
});

test('a certificate that has its name only as common name is refused before anything is sent', async (t) => {
  let requests = 0;
  const listener: RequestListener = (_request, response) => {
    requests += 1;
    response.writeHead(202).end();
  };
  const commonNameOnly = {
    names: [],
    commonName: 'localhost',
    extensions: ['extendedKeyUsage=serverAuth'],
  };
  const { https, wanted } = await startServer(t, listener, commonNameOnly);
  t.match(await https.request(wanted), { kind: 'no-answer', failure: { code: 'certificate-name-missing' } });
  t.equal(requests, 0);
});

test('a token that a server says back is in no answer, then or later', async (t) => {
  const listener: RequestListener = (request, response) => {
    const { authorization = '' } = request.headers;
    const said = `${authorization} ${btoa(`a ${authorization}`)} ${encodeURIComponent(authorization)}`;
    response.writeHead(403, { 'x-said': said, 'www-authenticate': said, 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code: said, message: said } }));
  };
  const { https, wanted } = await startServer(t, listener);
  const values = ['first/token+with==', 'second.token.of-many'];
  const tokens = values.map((value) => createSecret(value));
  let asked = 0;
  const client = createBearerClient(https, {
    token: async () => ({ ok: true, token: tokens[asked++ % 2] ?? createSecret('') }),
  });
  for (const _round of [1, 2, 3]) {
    const answer = await client.request(wanted);
    if (answer.kind !== 'answer') return t.fail(answer.failure.code);
    const text = `${JSON.stringify(answer.headers)} ${answer.body.toString()}`;
    t.match(text, '[secret]');
    for (const value of values) {
      const inner = btoa(`a Bearer ${value}`).slice(14, -4);
      for (const leak of [value, encodeURIComponent(value), inner]) t.notOk(text.includes(leak), leak);
    }
  }
});
