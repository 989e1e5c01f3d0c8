// The round trip of round-trip.ts with the functions that orval makes.
import {
  getMail,
  getMailSource,
  getOutgoingServer,
  getProblem,
  listMails,
  putOutgoingServer,
  resendMail,
  sendFinishedMessage,
  sendMail,
  startConnectionTest,
} from './client.js';

// Its addresses are relative, as in a browser.
const { fetch } = globalThis;
globalThis.fetch = (input, init) =>
  fetch(typeof input === 'string' ? new URL(input, process.env.POSTAUSGANG_URL) : input, init);
const headers = { authorization: `Bearer ${process.env.POSTAUSGANG_KEY}` };

async function outcome(id: string, round: number) {
  for (;;) {
    const { status, data } = await getMail(id, { headers });
    if (status !== 200) throw new Error(JSON.stringify(data));
    if (data.state === 'sent' && data.round === round) return data;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The data of the one right status: answers are a union by it. */
function found<Answer extends { readonly status: number; readonly data: unknown }, Status extends number>(
  answer: Answer,
  status: Status,
): Extract<Answer, { readonly status: Status }>['data'] {
  if (answer.status !== status) throw new Error(JSON.stringify(answer.data));
  return answer.data;
}

const { version } = found(await getOutgoingServer('default', { headers }), 200);
const saved = found(
  await putOutgoingServer(
    'default',
    { serverType: 'test-mailbox', enabled: true, senderAddress: { address: 'erp@acme.example' } },
    undefined,
    { headers: { ...headers, 'if-match': `"${version}"`, prefer: 'wait=applied' } },
  ),
  200,
);
const tested = found(
  await startConnectionTest('default', {}, { headers: { ...headers, prefer: 'wait=30' } }),
  200,
);

const accepted = found(
  await sendMail(
    {
      to: [{ address: 'kunde@example.com' }],
      subject: 'Rechnung 4711',
      text: 'Anbei.',
      attachments: [{ filename: 'rechnung.pdf', contentType: 'application/pdf', content: 'JVBERi0xLjQK' }],
      requestReceipt: true,
      sendAt: new Date().toISOString(),
      businessReference: 'invoice/4711',
    },
    { headers: { ...headers, 'idempotency-key': 'invoice-4711' } },
  ),
  202,
);
const sent = await outcome(accepted.id, 1);
const until = new Date().toISOString();
const list = found(await listMails({ businessReference: 'invoice/4711', until }, { headers }), 200);
found(await resendMail(accepted.id, { force: true }, { headers }), 200);
const resent = await outcome(accepted.id, 2);

const message = 'From: erp@acme.example\r\nTo: kunde@example.com\r\nSubject: Mahnung\r\n\r\nBitte.\r\n';
const finished = found(await sendFinishedMessage(new Blob([message]), undefined, { headers }), 202);
await outcome(finished.id, 1);
const source = await found(await getMailSource(finished.id, { headers }), 200).text();

const refused = await sendMail({}, { headers });
if (refused.status !== 422) throw new Error('A mail to nobody was accepted');
const meaning = found(await getProblem(refused.data.code, { headers }), 200);

console.log(
  JSON.stringify({
    applied: saved.applied.state,
    tested: tested.state,
    sent: sent.state,
    listed: list.items.map((mail) => mail.id),
    round: resent.round,
    subject: /^Subject: (.*)\r$/m.exec(source)?.[1],
    problem: { status: refused.status, code: refused.data.code, finding: refused.data.findings?.[0]?.code },
    meaning: typeof meaning === 'string' ? meaning : meaning.code,
  }),
);
