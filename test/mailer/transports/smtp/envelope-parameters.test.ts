import fc from 'fast-check';
import { type Test, test } from 'tap';
import type { DsnRequest } from '../../../../packages/mail/src/transport.ts';
import {
  mailCommand,
  recipientCommand,
} from '../../../../services/mailer/src/transports/smtp/envelope-commands.ts';
import { requirePeer } from '../../../peers/peer.ts';
import { startPostfix } from '../../../peers/postfix.ts';
import { startScriptedSmtp } from '../../../peers/scripted-smtp.ts';
import { loopbackPolicy, openTransport, request, summaryOf } from './fixture.ts';

const offer = (...extensions: readonly string[]) => ({
  extensions: extensions as ('DSN' | 'SMTPUTF8')[],
  maxSizeBytes: 0,
  saslMechanisms: [],
  signIn: false,
});
const dsn: DsnRequest = {
  notify: ['success', 'failure'],
  ret: 'headers',
  mailId: 'm+1=2',
  recipients: ['b@x.test'],
};
const none = new Uint8Array();

async function wire(t: Test, extensions: readonly string[], from = 'a@x.test') {
  const server = await startScriptedSmtp({ extensions });
  t.teardown(() => server.stop());
  const transport = await openTransport(t, server.port);
  const to = ['b@x.test', 'copy@x.test'];
  const result = await transport.send({ ...request({ to }), envelope: { from, to }, dsn });
  t.same(summaryOf(result), ['sent', 'sent']);
  const commands = server.commands().filter((line) => /^(MAIL|RCPT)/.test(line));
  return { result, commands };
}

test('reports are asked for where the server offers them, and not about copies of our own', async (t) => {
  for (const extensions of [['DSN'], ['DSN', 'PIPELINING']]) {
    const { result, commands } = await wire(t, extensions);
    t.strictSame(commands, [
      'MAIL FROM:<a@x.test> RET=HDRS ENVID=m+2B1+3D2',
      'RCPT TO:<b@x.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@x.test',
      'RCPT TO:<copy@x.test>',
    ]);
    t.match(result, { notOffered: undefined });
  }
});

test('where the server does not offer them the mail goes out without, and says so', async (t) => {
  const { result, commands } = await wire(t, ['PIPELINING']);
  t.strictSame(commands, ['MAIL FROM:<a@x.test>', 'RCPT TO:<b@x.test>', 'RCPT TO:<copy@x.test>']);
  t.match(result, { kind: 'finished', notOffered: ['dsn'] });
});

test('the null sender goes out as it is', async (t) => {
  const { commands } = await wire(t, [], '');
  t.equal(commands[0], 'MAIL FROM:<>');
});

test('nothing of an address or an id leaves its parameter, and all of it can be read back', async (t) => {
  const readBack = (text: string): string =>
    text.replaceAll(/\+([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const ascii = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(ascii, (mailId) => {
      const command = mailCommand(offer('DSN'), { from: 'a@x.test', to: [] }, none, {
        ...dsn,
        ret: null,
        mailId,
      });
      const [, value = ''] = / ENVID=([!-~]+)$/.exec(command) ?? [];
      return readBack(value) === mailId && !value.includes('=');
    }),
  );
  fc.assert(
    fc.property(ascii, (local) => {
      const address = `${local}@x.test`;
      const command = recipientCommand(address, offer('DSN'), { ...dsn, recipients: [address] });
      const [, value = ''] = / ORCPT=rfc822;([!-~]+)$/.exec(command) ?? [];
      return readBack(value) === address && !value.includes('=');
    }),
  );
  const long = mailCommand(offer('DSN'), { from: 'a@x.test', to: [] }, none, {
    ...dsn,
    mailId: 'x'.repeat(200),
  });
  t.match(long, / ENVID=[0-9a-f]{64}$/);
});

test('an address that is not ASCII has its own form, or none where the server cannot read it', async (t) => {
  const of = (address: string, ...extensions: readonly string[]): string =>
    recipientCommand(address, offer(...extensions), { ...dsn, notify: ['never'], recipients: [address] });
  t.equal(
    of('b@müller.example', 'DSN'),
    'RCPT TO:<b@xn--mller-kva.example> NOTIFY=NEVER ORCPT=rfc822;b@xn--mller-kva.example',
  );
  t.equal(
    of('b+ö@x.test', 'DSN', 'SMTPUTF8'),
    'RCPT TO:<b+ö@x.test> NOTIFY=NEVER ORCPT=utf-8;b\\x{2B}\\x{F6}@x.test',
  );
  t.equal(of('bö@x.test', 'DSN'), 'RCPT TO:<bö@x.test> NOTIFY=NEVER');
});

test('Postfix reports delivery to the bounce address, with the id of the mail', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const postfix = await startPostfix();
  t.teardown(() => postfix.stop());
  const transport = await openTransport(t, postfix.plainPort, { policy: loopbackPolicy(postfix.plainPort) });
  const result = await transport.send({
    ...request({ to: ['b@x.test'] }),
    envelope: { from: 'bounces@x.test', to: ['b@x.test'] },
    dsn: { ...dsn, mailId: 'invoice=4711' },
  });
  t.same(summaryOf(result), ['sent']);
  const report = await postfix.waitForMessage(({ recipient }) => recipient === 'bounces@x.test');
  t.match(report.text, /^Original-Envelope-Id: invoice=4711$/m);
  t.match(report.text, /^Original-Recipient: rfc822;\s*b@x\.test$/im);
  t.match(report.text, /^Action: (delivered|relayed|expanded)$/m);
  const empty = await transport.send({ ...request(), envelope: { from: '', to: ['c@x.test'] } });
  t.same(summaryOf(empty), ['sent']);
  await postfix.waitForMessage(({ recipient, sender }) => recipient === 'c@x.test' && sender === '');
});
