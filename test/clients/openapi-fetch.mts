// The round trip of round-trip.ts with openapi-fetch and the types that openapi-typescript makes.
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';

const { GET, POST, PUT } = createClient<paths>({
  baseUrl: process.env.POSTAUSGANG_URL ?? '',
  headers: { authorization: `Bearer ${process.env.POSTAUSGANG_KEY}` },
});
const path = { id: 'default' };

function found<Data>({ data, error }: { readonly data?: Data; readonly error?: unknown }): Data {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

async function outcome(id: string, round: number) {
  for (;;) {
    const status = found(await GET('/v1/mails/{id}', { params: { path: { id } } }));
    if (status.state === 'sent' && status.round === round) return status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const { version } = found(await GET('/v1/outgoing-servers/{id}', { params: { path } }));
const saved = found(
  await PUT('/v1/outgoing-servers/{id}', {
    params: { path, header: { 'if-match': `"${version}"`, prefer: 'wait=applied' } },
    body: { serverType: 'test-mailbox', enabled: true, senderAddress: { address: 'erp@acme.example' } },
  }),
);
const tested = found(
  await POST('/v1/outgoing-servers/{id}/connection-tests', {
    params: { path, header: { prefer: 'wait=30' } },
    body: {},
  }),
);

const accepted = found(
  await POST('/v1/mails', {
    params: { header: { 'idempotency-key': 'invoice-4711' } },
    body: {
      to: [{ address: 'kunde@example.com' }],
      subject: 'Rechnung 4711',
      text: 'Anbei.',
      attachments: [{ filename: 'rechnung.pdf', contentType: 'application/pdf', content: 'JVBERi0xLjQK' }],
      requestReceipt: true,
      sendAt: new Date().toISOString(),
      businessReference: 'invoice/4711',
    },
  }),
);
const sent = await outcome(accepted.id, 1);
const query = { businessReference: 'invoice/4711', until: new Date().toISOString() };
const list = found(await GET('/v1/mails', { params: { query } }));
found(await POST('/v1/mails/{id}/resend', { params: { path: { id: accepted.id } }, body: { force: true } }));
const resent = await outcome(accepted.id, 2);

const finished = found(
  await POST('/v1/mails/raw', {
    headers: { 'content-type': 'message/rfc822' },
    body: 'From: erp@acme.example\r\nTo: kunde@example.com\r\nSubject: Mahnung\r\n\r\nBitte.\r\n',
    bodySerializer: (message) => message,
  }),
);
await outcome(finished.id, 1);
const source = found(
  await GET('/v1/mails/{id}/raw', { params: { path: { id: finished.id } }, parseAs: 'text' }),
);

const { response, error: problem } = await POST('/v1/mails', { body: {} });
if (problem === undefined) throw new Error('A mail to nobody was accepted');
const meaning = found(await GET('/problems/{code}', { params: { path: { code: problem.code } } }));

console.log(
  JSON.stringify({
    applied: saved.applied.state,
    tested: tested.state,
    sent: sent.state,
    listed: list.items.map((mail) => mail.id),
    round: resent.round,
    subject: /^Subject: (.*)\r$/m.exec(source)?.[1],
    problem: { status: response.status, code: problem.code, finding: problem.findings?.[0]?.code },
    meaning: typeof meaning === 'string' ? meaning : meaning.code,
  }),
);
