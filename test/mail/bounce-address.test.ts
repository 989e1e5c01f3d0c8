import { test } from 'tap';
import type { MailRequested } from '@postausgang/contracts';
import { decideEnvelope } from '../../packages/mail/src/envelope.ts';
import { checkHandling, checkMailRequest } from '../../packages/message/src/check-request.ts';
import { authorOf, readRawMessage } from '../../packages/message/src/finished-message.ts';
import { serverContent } from '../mailer/server-content.ts';

const to = [{ address: 'kunde@example.com' }];
const content = serverContent({ copyToSender: 'bcc' });
const report = Buffer.from(
  'From: Automat <auto@acme.example>\r\nTo: kunde@example.com\r\nAuto-Submitted: auto-replied\r\n\r\nx\r\n',
);

const decided = (request: MailRequested, author?: string) => {
  const decision = decideEnvelope(request, content, 'default', author === undefined ? {} : { author });
  return decision.kind === 'decided' ? decision.decisions : undefined;
};

test('the bounce address is the sender of the envelope, and of nothing else', async (t) => {
  t.match(decided({ id: 'm1', to, bounceAddress: 'bounces@acme.example' }), {
    from: { address: 'erp@acme.example' },
    envelopeFrom: 'bounces@acme.example',
    copies: [{ address: 'erp@acme.example' }],
  });
  for (const request of [
    { id: 'm1', to },
    { id: 'm1', to, bounceAddress: null },
  ]) {
    t.match(decided(request), { envelopeFrom: 'erp@acme.example' });
  }
  t.match(checkMailRequest({ to, bounceAddress: '' }, { nowMs: 0 }), [
    { pointer: '/bounceAddress', code: 'address-invalid' },
  ]);
});

test('a finished message may have the null sender, and is then from its author, without a copy', async (t) => {
  const read = readRawMessage(report, { from: '', to: ['kunde@example.com'] });
  if (!read.ok) return t.fail(JSON.stringify(read.findings));
  const { envelope, author } = read.message;
  t.strictSame(envelope, { from: '', to: ['kunde@example.com'] });
  t.equal(author, 'auto@acme.example');
  const raw = report.toString('base64');
  t.equal(authorOf({ raw }), author);
  t.match(decided({ id: 'm1', envelope, raw }, author), {
    sender: 'message',
    from: { address: 'auto@acme.example' },
    envelopeFrom: '',
    copies: [],
  });
  t.notOk(readRawMessage(report, { from: 'nobody' }).ok, 'anything else is an address');
  t.match(readRawMessage(report), { message: { envelope: { from: 'auto@acme.example' } } });
});

test('never stands alone among the reports that are asked for', async (t) => {
  const check = (notify: readonly ('success' | 'never')[]) =>
    checkHandling({ requestDsn: { notify: [...notify] } }, { nowMs: 0 });
  t.strictSame(check(['never']), []);
  t.strictSame(check(['success']), []);
  t.match(check(['never', 'success']), [{ pointer: '/requestDsn/notify', code: 'wrong-format' }]);
});
