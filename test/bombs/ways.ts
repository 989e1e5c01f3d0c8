import { createServer } from 'node:http';
import { readRecord } from '@postausgang/contracts';
import { EventLogError } from '@postausgang/event-log';
import { createHttpServer, type HttpServer, tokenAuthentication } from '@postausgang/http';
import { readMailRequested } from '../../services/mailer/src/engine/request-cache.ts';
import type { MailRoutesDeps } from '../../services/mailer/src/http/route-deps.ts';
import { sendMail } from '../../services/mailer/src/http/send-mail.ts';
import { readSoapAnswer } from '../../services/mailer/src/transports/exchange/ews/soap.ts';
import { jsonOf } from '../../services/mailer/src/transports/exchange/https-client.ts';
import { createReplyReader } from '../../services/mailer/src/transports/smtp/replies.ts';
import { listenOnLoopback } from '../peers/loopback-server.ts';
import { requestBytes } from './bomb.ts';
import { everySender } from '../settings/sender-content.ts';

const unused = (): never => {
  throw new EventLogError('log-unavailable', 'nothing of this is to be used');
};

/** POST /v1/mails over a log that takes nothing: what is read and checked before. */
export async function openMailRoute(): Promise<HttpServer> {
  const app = await createHttpServer({
    title: 'Test',
    version: '1',
    logger: false,
    authenticate: async () => ({ id: 'a', name: 'a', kind: 'api-key', scopes: new Set(['mail:send']) }),
    isReady: () => ({ ready: true, checks: {} }),
  });
  const deps: MailRoutesDeps = {
    publisher: { publish: async () => unused() },
    contentStore: { put: async () => unused() },
    queue: {
      find: () => undefined,
      isKnown: () => true,
      history: () => ({ state: 'complete', readEvents: 0, totalEvents: 0 }),
      matching: () => [],
      countMatching: unused,
      countNaming: unused,
      action: unused,
      actions: unused,
      content: unused,
      whenExpanded: unused,
      status: unused,
      list: unused,
      counts: unused,
      waitFor: unused,
      answerTo: unused,
      commandIds: unused,
      refusals: unused,
      report: unused,
      statistics: unused,
      quotas: { reserve: unused },
    },
    sendingRules: () => ({
      enabled: true,
      whenDisabled: 'reject',
      ...everySender({ address: 'e@acme.example' }),
    }),
    now: () => new Date('2026-11-25T08:00:00Z'),
    newId: () => 'an-id',
    bodyLimitBytes: 2 * requestBytes,
  };
  await app.register(sendMail, deps);
  return app;
}

/** The code and the detail of what POST /v1/mails answers, or its first finding. */
export async function post(app: HttpServer, type: string, payload: Buffer): Promise<string> {
  const headers = { authorization: 'Bearer a', 'content-type': type };
  const answer = (await app.inject({ method: 'POST', url: '/v1/mails', headers, payload })).json();
  const [first] = answer.findings ?? [];
  return first === undefined ? `${answer.code}: ${answer.detail}` : `${first.pointer} ${first.code}`;
}

const headers = {
  ce_specversion: '1.0',
  ce_id: '1',
  ce_type: 'io.postausgang.mail-requested.v1',
  ce_source: '/erp',
  ce_time: '2026-11-25T08:00:00Z',
};

/** What a reader of the topic of requests comes to, be it for the view or to send it. */
export function readAsRecord(value: Buffer): string {
  const record = { key: 'a', headers, value };
  if (readMailRequested(record) !== undefined) return 'read';
  const result = readRecord(record);
  return result.ok ? 'read' : result.detail;
}

/** As a socket would give it. */
export function readAsReply(bytes: Buffer): string {
  const reader = createReplyReader();
  for (let start = 0; start < bytes.length; start += 65_536) {
    const { fault } = reader.read(bytes.subarray(start, start + 65_536));
    if (fault !== null) return fault.message;
  }
  return 'read';
}

export const readAsSoap = (body: Buffer): string => JSON.stringify(readSoapAnswer(body));

/** The code of an answer that is read; `null` of one that is not. */
export const codeOfSoap = (body: Buffer): string => readSoapAnswer(body)?.code ?? 'null';

/** Why a token is refused whose provider describes itself like this. */
export async function readAsProvider(body: Buffer): Promise<string> {
  const server = createServer((_request, response) => response.end(body));
  const { port, close } = await listenOnLoopback(server);
  const authenticate = tokenAuthentication(
    {
      OIDC_ISSUER: `http://127.0.0.1:${port}`,
      OIDC_AUDIENCE: 'a',
      OIDC_JWKS_URL: '',
      OIDC_MAX_TOKEN_AGE_MINUTES: 10,
      OIDC_SCOPE_CLAIM: 'scope',
      OIDC_SCOPE_MAP: '',
      OIDC_SENDER_MAP: '',
    },
    () => new Date(headers.ce_time),
  );
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const found = await authenticate?.(`${part({ alg: 'ES256' })}.${part({ sub: 'a' })}.a`);
  await close();
  return found !== undefined && 'refusal' in found ? `${found.refusal}: ${found.reason}` : 'read';
}

export const readAsToken = (body: Buffer): string => JSON.stringify(jsonOf({ body }));
