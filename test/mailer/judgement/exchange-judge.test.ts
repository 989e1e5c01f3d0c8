import { test } from 'tap';
import { classOf, concernsServer, type FailureCode } from '@postausgang/contracts';
import {
  isFinal,
  isPage,
  namedFailure,
  tokenRefusal,
} from '../../../services/mailer/src/judgement/exchange-judge.ts';
import {
  authorityRules,
  exchangeCodeRules,
  oauthRules,
} from '../../../services/mailer/src/judgement/exchange-rules.ts';
import { ewsFailure } from '../../../services/mailer/src/transports/exchange/ews/requests.ts';
import { graphFailure, graphFate } from '../../../services/mailer/src/transports/exchange/graph/requests.ts';

const nowMs = Date.parse('2026-11-23T08:00:00Z');

const answer = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) => ({
  kind: 'answer' as const,
  status,
  headers,
  body: Buffer.from(body),
  socket: null,
  tls: null,
  sent: true,
});
const graphAnswer = (status: number, code: string) =>
  answer(status, JSON.stringify({ error: { code, message: `about ${code}` } }), {
    'content-type': 'application/json',
  });
const soap = (code: string) =>
  answer(
    200,
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:CreateItemResponse xmlns:m="m"><m:ResponseMessages>` +
      `<m:CreateItemResponseMessage ResponseClass="Error"><m:MessageText>x</m:MessageText><m:ResponseCode>${code}</m:ResponseCode>` +
      `</m:CreateItemResponseMessage></m:ResponseMessages></m:CreateItemResponse></s:Body></s:Envelope>`,
    { 'content-type': 'text/xml' },
  );
const page = '<!DOCTYPE html><html><body>Blocked by policy</body></html>';

/** What speaks of the message, its sender or its recipients. */
const final = new Set<FailureCode>([
  'sender-refused',
  'recipient-refused',
  'message-too-large',
  'message-refused',
]);

test('of all that EWS, Graph and their statuses say, only what is about the mail ends it', (t) => {
  const names = exchangeCodeRules.flatMap(({ answers }) => answers.split(' '));
  const unknown = ['ErrorOfTomorrow', 'ErrorInvalidWatermark', 'ErrorCalendarIsGroupMailbox', 'someNewThing'];
  const statuses = [400, 401, 403, 404, 408, 409, 412, 423, 429, 440, 456, 500, 502, 503, 504, 507, 509];
  let replayed = 0;
  for (const name of [...names, ...unknown]) {
    const code = namedFailure(name);
    const isAboutMail = code !== undefined && final.has(code);
    t.equal(isFinal(ewsFailure(soap(name), 'token-rejected', nowMs).code), isAboutMail, `EWS ${name}`);
    for (const status of statuses) {
      const { outcome } = graphFate(graphAnswer(status, name), nowMs);
      t.equal(outcome === 'rejected', isAboutMail, `Graph ${status} ${name}`);
      replayed += 1;
    }
  }
  t.ok(replayed >= 300, `${replayed} replayed`);
  t.end();
});

test('the right one is named, whoever answers', (t) => {
  const graph = (status: number, code: string): string => graphFailure(graphAnswer(status, code), nowMs).code;
  t.equal(graph(403, 'ErrorQuotaExceeded'), 'sender-mailbox-full');
  t.equal(graph(400, 'ErrorQuotaExceeded'), 'sender-mailbox-full');
  t.equal(graph(408, 'unknownCode'), 'server-busy');
  t.equal(graph(409, 'unknownCode'), 'message-deferred');
  t.equal(graph(400, 'unknownCode'), 'message-deferred');
  t.equal(graph(403, 'ErrorMessageSubmissionBlocked'), 'account-blocked');
  const plain = (status: number, body = '', headers = {}): string =>
    graphFailure(answer(status, body, headers), nowMs).code;
  t.equal(plain(440), 'web-sign-in-required');
  t.equal(plain(456), 'web-sign-in-required');
  t.equal(plain(402), 'subscription-missing');
  t.equal(plain(407), 'proxy-failed');
  t.equal(plain(511), 'proxy-answered');
  for (const status of [200, 302, 403, 407, 511])
    t.equal(plain(status, page), 'proxy-answered', String(status));
  t.equal(plain(403, page, { 'content-type': 'text/html', 'request-id': '1' }), 'permission-missing');
  t.equal(plain(404, page), 'not-an-exchange-server');
  t.equal(plain(503, page), 'server-busy');
  const ews = (status: number, body: string, headers = {}): string =>
    ewsFailure(answer(status, body, headers), 'credentials-rejected', nowMs).code;
  t.equal(ews(200, page), 'proxy-answered');
  t.equal(ews(403, page), 'proxy-answered');
  t.equal(ews(403, ''), 'exchange-protocol-blocked');
  t.equal(ews(403, page, { 'x-feserver': 'EX01' }), 'exchange-protocol-blocked');
  t.equal(ews(401, page), 'credentials-rejected');
  t.equal(ews(440, page), 'web-sign-in-required');
  for (const [name, code] of [
    ['ErrorADOperation', 'server-busy'],
    ['ErrorConnectionFailedTransientError', 'server-busy'],
    ['ErrorMailboxFailover', 'server-busy'],
    ['ErrorPasswordExpired', 'password-expired'],
    ['ErrorAccountDisabled', 'account-locked'],
    ['ErrorSubmissionQuotaExceeded', 'sending-quota-reached'],
    ['ErrorOfTomorrow', 'message-deferred'],
  ] as const) {
    t.equal(ewsFailure(soap(name), 'token-rejected', nowMs).code, code, name);
  }
  t.ok(isPage({ headers: {}, body: Buffer.from('  <HTML>') }));
  t.notOk(isPage({ headers: { 'content-type': 'application/json' }, body: Buffer.from('{}') }));
  t.end();
});

test('an authority that gives no token is told by its code, and what is no answer of it is its absence', (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['700024', 'clock-wrong'],
    ['7000229', 'subscription-missing'],
    ['650052', 'subscription-missing'],
    ['700023', 'audience-wrong'],
    ['65001', 'consent-missing'],
    ['7000215', 'client-secret-wrong'],
    ['7000222', 'client-secret-expired'],
    ['700027', 'client-certificate-rejected'],
    ['700016', 'client-unknown'],
    ['90002', 'tenant-unknown'],
    ['53003', 'sign-in-blocked'],
    ['50053', 'account-locked'],
    ['50055', 'password-expired'],
    ['50196', 'server-throttled'],
    ['90033', 'authority-unavailable'],
    ['999999', 'token-refused'],
  ];
  for (const [aadsts, code] of cases)
    t.equal(
      tokenRefusal(400, aadsts, 'invalid_client'),
      code === 'token-refused' ? 'client-secret-wrong' : code,
      aadsts,
    );
  t.equal(tokenRefusal(400, '999999', 'some_error'), 'token-refused');
  for (const status of [200, 204, 302, 400, 403, 404, 407, 500, 503])
    t.equal(tokenRefusal(status, undefined, ''), 'authority-unavailable', String(status));
  t.equal(tokenRefusal(429, undefined, ''), 'server-throttled');
  t.equal(tokenRefusal(400, undefined, 'invalid_scope'), 'audience-wrong');
  for (const { answers, code } of [...authorityRules, ...oauthRules]) {
    for (const one of answers.split(' ')) {
      t.notOk(classOf(code) === 'permanent', `${one}: ${code}`);
      t.ok(concernsServer(code) || classOf(code) === 'transient', one);
    }
  }
  t.end();
});
