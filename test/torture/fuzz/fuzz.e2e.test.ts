/*
 * Requests made from the OpenAPI document against a running service. Every answer has to be documented, of a documented
 * media type, and valid against its schema; no answer is a failure of the service.
 */
import { Agent, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { rootCertificates } from 'node:tls';
import { test } from 'tap';
import { startStandaloneProcess } from '../../end-to-end/standalone-process.ts';
import { startNodeSink } from '../../peers/node-sink.ts';
import { createChance } from './chance.ts';
import { type Answer, type Operation, readOpenApi } from './operations.ts';
import { createRequests, type FuzzRequest } from './requests.ts';

/** 100,000 with each of three seeds with `npm run torture -- fuzz`. */
const count = Number(process.env['TORTURE_FUZZ'] ?? 1500);
const seeds = (process.env['TORTURE_FUZZ_SEEDS'] ?? '1').split(',').map(Number);
const atOnce = 8;

const registration = {
  name: 'Exchange',
  email: 'erp@acme.example',
  tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  clientId: '5f1d3b0c-2b5e-4a5e-9d0e-3f8f6a2b7c11',
  clientSecret: 'of the app',
};
const exchangeConnections = ['graph', 'ews', 'smtp-oauth'].map((protocol) => ({ ...registration, protocol }));
const outgoingServers = [true, false].map((enabled) => ({
  enabled,
  serverType: 'smtp',
  senderAddress: { address: 'erp@acme.example' },
  smtp: { hostname: '127.0.0.1', port: 25, encryption: 'none', authentication: 'none' },
  limits: { preset: 'none', mailsPerMinute: 100 },
}));

/** What the service says when it has too much to do, which a slow machine may bring about. */
const passing = /"code":"(outcome-unknown|overloaded)"/;

interface Asked extends Answer {
  readonly etag: string | undefined;
}

async function ask(
  address: string,
  agent: Agent,
  { method, path, headers, body }: FuzzRequest,
): Promise<Asked> {
  const { promise, resolve, reject } = Promise.withResolvers<Asked>();
  const length = body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
  const outgoing = httpRequest(
    address,
    { method, path, headers: { ...headers, ...length }, agent },
    (answer) => {
      const { statusCode: status = 0, headers: got } = answer;
      const common = { status, type: got['content-type'], etag: got.etag };
      if (common.type?.startsWith('text/event-stream') === true) {
        resolve({ ...common, body: '' });
        answer.destroy();
        return;
      }
      text(answer).then((read) => resolve({ ...common, body: read }), reject);
    },
  );
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

/** A failure of the service, or what is wrong with the answer by the document. */
function kindOf(operation: Operation, answer: Answer, wrong: string | undefined): string | undefined {
  const isFailure = answer.status >= 500 && !passing.test(answer.body);
  const kind = isFailure ? `status ${answer.status}` : wrong;
  return kind === undefined ? undefined : `${operation.id}: ${kind}`;
}

for (const seed of seeds) {
  test(`answers ${count} requests of seed ${seed} as documented`, { timeout: 24 * 3_600_000 }, async (t) => {
    const sink = await startNodeSink();
    const service = await startStandaloneProcess(t.testdir());
    t.teardown(async () => {
      await service.stop();
      await sink.stop();
    });
    await service.call('PUT', '/v1/outgoing-servers/default', {
      headers: { 'if-match': '"0"' },
      body: {
        enabled: true,
        serverType: 'smtp',
        senderAddress: { address: 'erp@acme.example' },
        smtp: { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' },
      },
    });
    const chance = createChance(seed);
    const { operations, wrongWith, resolve } = readOpenApi(
      (await service.call('GET', '/openapi.json')).body as never,
    );
    const requests = createRequests({
      chance,
      resolve,
      authorization: `Bearer ${service.key}`,
      examples: {
        startSession: [{ credential: service.key }],
        importCertificate: [
          {
            name: 'Root',
            kind: 'trusted',
            content: Buffer.from(rootCertificates[0] ?? '').toString('base64'),
          },
        ],
        createExchangeConnection: exchangeConnections,
        putExchangeConnection: exchangeConnections,
        putOutgoingServer: outgoingServers,
        patchOutgoingServer: [{ enabled: false }, { enabled: true }],
        patchExchangeConnection: [{ protocol: 'smtp-oauth' }, { protocol: 'ews' }, { protocol: 'graph' }],
      },
    });
    // Its own key stays, and one stream at a time is enough.
    const asked = operations.filter(({ id }) => id !== 'revokeApiKey');
    const withBody = asked.filter(({ bodies }) => Object.keys(bodies).length > 0);
    const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
    const kinds = new Map<string, string>();
    const succeeded = new Set<string>();
    let left = count;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const operation = chance.pick(chance.happens(0.5) ? withBody : asked);
        if (operation === undefined) return;
        const request = requests.next(operation);
        const answer = await ask(service.api, agent, request);
        if (answer.status < 300) succeeded.add(operation.id);
        requests.learn(request, answer, answer.etag);
        const kind = kindOf(operation, answer, wrongWith(operation, answer));
        if (kind !== undefined && !kinds.has(kind)) {
          const sample = JSON.stringify({ ...request, operation: undefined, answer }).replace(
            service.key,
            '…',
          );
          kinds.set(kind, sample.slice(0, 2000));
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    agent.destroy();
    t.same(Object.fromEntries(kinds), {}, 'every answer is documented, and none is a failure');
    const never = asked.filter(({ id }) => !succeeded.has(id)).map(({ id }) => id);
    t.comment(
      `figures: ${count} requests, seed ${seed}, ${asked.length - never.length} of ${asked.length} operations succeeded`,
    );
    t.comment(`never succeeded: ${never.join(' ')}`);
    t.ok(succeeded.size > asked.length / 2, 'more than half of the operations have succeeded');
  });
}
