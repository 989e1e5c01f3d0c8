// The round trip of round-trip.ts with the client that openapi-generator makes for TypeScript.
import {
  Configuration,
  ConnectionTestsApi,
  MailsApi,
  OperationsApi,
  ProblemFromJSON,
  ResponseError,
  SettingsApi,
} from './client/index.js';

const configuration = new Configuration({
  basePath: process.env.POSTAUSGANG_URL,
  accessToken: process.env.POSTAUSGANG_KEY,
});
const settings = new SettingsApi(configuration);
const mails = new MailsApi(configuration);
const id = 'default';

async function outcome(mailId: string, round: number) {
  for (;;) {
    const status = await mails.getMail({ id: mailId });
    if (status.state === 'sent' && status.round === round) return status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const { version } = await settings.getOutgoingServer({ id });
const saved = await settings.putOutgoingServer({
  id,
  ifMatch: `"${version}"`,
  prefer: 'wait=applied',
  outgoingServerPut: {
    serverType: 'test-mailbox',
    enabled: true,
    senderAddress: { address: 'erp@acme.example' },
  },
});
const tested = await new ConnectionTestsApi(configuration).startConnectionTest({
  id,
  prefer: 'wait=30',
  connectionTestRequest: {},
});

const accepted = await mails.sendMail({
  idempotencyKey: 'invoice-4711',
  mailRequest: {
    to: [{ address: 'kunde@example.com' }],
    subject: 'Rechnung 4711',
    text: 'Anbei.',
    attachments: [{ filename: 'rechnung.pdf', contentType: 'application/pdf', content: 'JVBERi0xLjQK' }],
    requestReceipt: true,
    sendAt: new Date(),
    businessReference: 'invoice/4711',
  },
});
const sent = await outcome(accepted.id, 1);
const list = await mails.listMails({ businessReference: 'invoice/4711', until: new Date().toISOString() });
await mails.resendMail({ id: accepted.id, resendMail: { force: true } });
const resent = await outcome(accepted.id, 2);

const message = 'From: erp@acme.example\r\nTo: kunde@example.com\r\nSubject: Mahnung\r\n\r\nBitte.\r\n';
const finished = await mails.sendFinishedMessage({ body: new Blob([message]) });
await outcome(finished.id, 1);
const source = await (await mails.getMailSource({ id: finished.id })).text();

const refused = await mails.sendMail({ mailRequest: {} }).catch((error: unknown) => error);
if (!(refused instanceof ResponseError)) throw new Error('A mail to nobody was accepted');
const problem = ProblemFromJSON(await refused.response.json());
const meaning = await new OperationsApi(configuration).getProblem({ code: problem.code });

console.log(
  JSON.stringify({
    applied: saved.applied.state,
    tested: tested.state,
    sent: sent.state,
    listed: list.items.map((mail) => mail.id),
    round: resent.round,
    subject: /^Subject: (.*)\r$/m.exec(source)?.[1],
    problem: { status: refused.response.status, code: problem.code, finding: problem.findings?.[0]?.code },
    meaning: meaning.code,
  }),
);
