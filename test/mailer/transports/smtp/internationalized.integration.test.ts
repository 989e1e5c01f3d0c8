import { isAscii } from 'node:buffer';
import { type Test, test } from 'tap';
import type { MailRequested } from '@postausgang/contracts';
import { defaultConnection } from '@postausgang/settings';
import type { Message, Transport } from '../../../../packages/mail/src/transport.ts';
import type { InlineMailRequested } from '../../../../packages/message/src/attachments.ts';
import { composeMail } from '../../../../packages/message/src/compose.ts';
import { readRawMessage } from '../../../../packages/message/src/finished-message.ts';
import { describeExchange } from '../../../../services/mailer/src/transports/exchange/describe.ts';
import { addressedMessage, withBcc } from '../../../../services/mailer/src/transports/exchange/message.ts';
import { requirePeer } from '../../../peers/peer.ts';
import { startPostfix } from '../../../peers/postfix.ts';
import { type ScriptedSmtp, startScriptedSmtp } from '../../../peers/scripted-smtp.ts';
import { openTransport, summaryOf } from './fixture.ts';

const from = 'rechnung@müller.example';
const to = ['kunde@example.com', 'kunde@müller.example', 'a@straße.example', 'b@例え.example'];
const onTheWire = [
  'kunde@example.com',
  'kunde@xn--mller-kva.example',
  'a@xn--strae-oqa.example',
  'b@xn--r8jz45g.example',
];

const composed = (recipients: readonly string[]): Message => {
  const request = { id: 'm1', to: recipients.map((address) => ({ address })), subject: 'Grüße', text: 'ä' };
  return messageOf(request);
};

const finished = (recipients: readonly string[]): Message => {
  const raw = Buffer.from(
    `From: "Mueller @ home" <${from}>\r\nTo: ${recipients.join(',\r\n ')}\r\nSubject: Hallo\r\n\r\nHallo\r\n`,
  );
  const read = readRawMessage(raw);
  if (!read.ok) throw new Error(JSON.stringify(read.findings));
  const { envelope } = read.message;
  return messageOf({ id: 'm2', envelope, raw: raw.toString('base64') });
};

function messageOf(request: InlineMailRequested & MailRequested): Message {
  const made = composeMail(request, { from: { address: from } }, { acceptedAtMs: 0 });
  if (made === null) throw new Error('not composed');
  return made.message;
}

const send = (transport: Transport, message: Message, recipients: readonly string[]) =>
  transport.send({ envelope: { from, to: recipients }, message, onIntent: () => Promise.resolve() });

async function scripted(t: Test, extensions: readonly string[]): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp({ extensions });
  t.teardown(() => server.stop());
  return server;
}

test('domains go out in A-labels, and SMTPUTF8 is asked for only where a local part needs it', async (t) => {
  for (const extensions of [['8BITMIME'], ['8BITMIME', 'SMTPUTF8', 'PIPELINING']]) {
    for (const make of [composed, finished]) {
      const server = await scripted(t, extensions);
      const transport = await openTransport(t, server.port);
      const result = await send(transport, make(to), to);
      t.same(
        summaryOf(result),
        to.map(() => 'sent'),
      );
      t.match(result, { recipients: to.map((address) => ({ address })) }, 'told as they were asked for');
      const lines = server.commands().filter((line) => /^(MAIL|RCPT)/.test(line));
      t.strictSame(lines, [
        'MAIL FROM:<rechnung@xn--mller-kva.example>',
        ...onTheWire.map((address) => `RCPT TO:<${address}>`),
      ]);
      t.ok(isAscii(server.messages()[0]?.content ?? Buffer.alloc(0)));
    }
  }
});

test('a local part that is not ASCII asks for SMTPUTF8, and is refused alone where there is none', async (t) => {
  const recipients = ['kunde@müller.example', 'jörg@müller.example'];
  const modern = await scripted(t, ['SMTPUTF8', '8BITMIME']);
  const sent = await send(await openTransport(t, modern.port), composed(recipients), recipients);
  t.same(summaryOf(sent), ['sent', 'sent']);
  t.match(modern.commands(), [
    /^EHLO/,
    /^MAIL FROM:<rechnung@xn--mller-kva\.example> SMTPUTF8/,
    'RCPT TO:<kunde@xn--mller-kva.example>',
    'RCPT TO:<jörg@xn--mller-kva.example>',
  ]);
  const old = await scripted(t, ['8BITMIME']);
  const refused = await send(
    await openTransport(t, old.port),
    composed(['kunde@müller.example']),
    recipients,
  );
  t.same(summaryOf(refused), ['sent', 'rejected smtputf8-unsupported']);
});

test('through Postfix to a next hop without SMTPUTF8 everything arrives', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const next = await scripted(t, ['8BITMIME', 'PIPELINING']);
  const relay = { host: '127.0.0.1', port: next.port };
  const relays = Object.fromEntries(onTheWire.map((address) => [address.split('@')[1] ?? '', relay]));
  const postfix = await startPostfix({ relays, settings: { smtputf8_enable: 'yes' } });
  t.teardown(() => postfix.stop());
  const transport = await openTransport(t, postfix.plainPort, { description: { timeoutSeconds: 20 } });
  for (const make of [composed, finished]) {
    t.same(
      summaryOf(await send(transport, make(to), to)),
      to.map(() => 'sent'),
    );
  }
  const arrived = () => next.messages().flatMap(({ recipients, accepted }) => (accepted ? recipients : []));
  await next.until('both messages at every recipient', () => arrived().length === 2 * to.length);
  t.strictSame(arrived().toSorted(), [...onTheWire, ...onTheWire].toSorted());
  t.notMatch(await postfix.log(), /SMTPUTF8 was required|status=bounced/);
});

test('Exchange gets A-labels in the recipients that it reads from the message', async (t) => {
  const raw = Buffer.from('To: A <a@müller.example>, b@example.com\r\nSubject: x\r\n\r\nx\r\n');
  const addressed = addressedMessage(raw, ['a@xn--mller-kva.example', 'c@straße.example']);
  t.equal(
    withBcc(addressed).toString(),
    'Bcc: c@xn--strae-oqa.example\r\nTo: a@xn--mller-kva.example\r\nSubject: x\r\n\r\nx\r\n',
  );
  const change = { email: 'erp@müller.example', protocol: 'graph' } as const;
  const connection = { ...defaultConnection, ...change, tenantId: 't', clientId: 'c' };
  const description = describeExchange(connection, { timeoutSeconds: 5 });
  t.match(description, { mailbox: 'erp@xn--mller-kva.example' });
});
