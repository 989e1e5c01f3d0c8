import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { test, type Test } from 'tap';
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
