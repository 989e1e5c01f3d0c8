import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { type ContentStore, openDirectoryStore } from '@postausgang/content-store';
import { composeMail } from '../../../packages/message/src/compose.ts';
import { describeSmtp } from '../../../services/mailer/src/transports/smtp/open-session.ts';
import { openSmtpTransport } from '../../../services/mailer/src/transports/smtp/transport.ts';
import {
  active,
  createTestClock,
  minuteMs,
  openLog,
  openQueue,
  type TestClock,
} from '../../mailer/engine/harness.ts';
import { serverContent } from '../../mailer/server-content.ts';
import { type ScriptedSmtp, startScriptedSmtp } from '../../peers/scripted-smtp.ts';
import { reply, type Script } from '../../peers/smtp-script.ts';
import { createMailAuthority, type MailAuthority, type MailCertificate } from './mail-authority.ts';
import { decrypted, verified } from './openssl-cms.ts';
import { openSecurity } from './security-fixture.ts';

const to = ['a@example.com', 'b@example.com'];
const smime = { sign: true, encrypt: 'required' } as const;

interface House {
  readonly authority: MailAuthority;
  readonly sender: MailCertificate;
  readonly recipients: readonly MailCertificate[];
  readonly store: ContentStore;
  readonly clock: TestClock;
  readonly smtp: ScriptedSmtp;
  /** A mailer from its start on, with nothing in memory but what the log, the settings and the content store say. */
  readonly start: (viewName: string) => ReturnType<typeof openQueue>;
}

async function openHouse(t: Test, script: Script): Promise<House> {
  const authority = await createMailAuthority(t);
  const [sender, ...recipients] = await Promise.all(
    ['erp@acme.example', ...to].map((address) => authority.issue(address, 'p-256')),
  );
  if (sender === undefined) throw new Error('no certificate');
  const smtp = await startScriptedSmtp({ script });
  t.teardown(() => smtp.stop());
  const { log, directory } = await openLog(t);
  const store = await openDirectoryStore(join(directory, 'content'));
  t.teardown(() => store.close());
  // It begins where the certificates are valid: openssl, which checks them, goes by the clock of the machine.
  const clock = createTestClock(Date.now());
  const now = () => new Date(clock.nowMs());

  const start = async (viewName: string): ReturnType<typeof openQueue> => {
    const { security, content, addRecipient } = await openSecurity(t, authority, sender, { store, now });
    recipients.forEach(addRecipient);
    const transport = await openTransport(t, smtp.port);
    const serving = active(transport, 1, content(smime));
    const compose = composeMail;
    return openQueue(t, { log, directory, clock, viewName, serving, contentStore: store, security, compose });
  };
  return { authority, sender, recipients, store, clock, smtp, start };
}

async function openTransport(t: Test, port: number) {
  const settings = serverContent();
  const description = describeSmtp({
    ...settings,
    smtp: { ...settings.smtp, hostname: '127.0.0.1', port, encryption: 'none', authentication: 'none' },
  });
  if (description === null) throw new Error('The settings have no description');
  const opened = await openSmtpTransport({
    description,
    password: null,
    ehloName: 'mailer.test',
    policy: { allowedPorts: 'any', allowLoopback: true, deniedNetworks: [], allowedNetworks: [] },
  });
  if (!opened.ok) throw new Error(opened.failure.code);
  t.teardown(() => opened.transport.close());
  return opened.transport;
}

const deferrals: Readonly<Record<string, { script: Script; envelopes: readonly (readonly string[])[] }>> = {
  '4yz at the dot': {
    script: { 'end-of-data': [reply('451 4.3.0 Try again later')] },
    envelopes: [to, to],
  },
  '4yz at RCPT for one of two': {
    script: { 'rcpt-to': [undefined, reply('450 4.2.1 Mailbox busy')] },
    envelopes: [to.slice(0, 1), to.slice(1)],
  },
};

for (const [name, { script, envelopes }] of Object.entries(deferrals)) {
  for (const isRestarted of [false, true]) {
    const title = `signed and encrypted, put off by ${name}${isRestarted ? ', started anew in between' : ''}`;
    test(`${title}: the very bytes go out again`, async (t) => {
      const { authority, sender, recipients, store, clock, smtp, start } = await openHouse(t, script);
      const first = await start('first');
      const request = { subject: 'Rechnung', text: 'Grüße', to: to.map((address) => ({ address })) };
      await first.submit('m1', request);
      await first.until('m1', 'deferred');
      t.equal(smtp.messages().length, 1);
      if (isRestarted) await first.queue.stop(0);
      const second = isRestarted ? await start('second') : first;
      t.equal(second.state('m1'), 'deferred');
      await clock.advance(6 * minuteMs);
      await second.until('m1', 'sent');

      const [before, after] = smtp.messages();
      t.strictSame(
        smtp.messages().map((message) => message.recipients),
        envelopes,
      );
      if (before === undefined || after === undefined) return;
      t.ok(after.content.equals(before.content), 'byte for byte the same');
      const kept = second.queue.status('m1')?.decisions?.smime?.messages[0];
      t.equal(createHash('sha256').update(after.content).digest('hex'), kept?.sha256);
      t.ok(after.content.equals(await store.get(kept?.sha256 ?? '', kept?.sizeBytes)));
      for (const reader of [...recipients, sender]) {
        const inside = await decrypted(after.content, reader);
        t.match((await verified(inside, authority)).toString(), 'Subject: Rechnung', reader.address);
      }

      // Another mail with the same words is not the same: only what is kept can be.
      await second.submit('m2', request);
      await second.until('m2', 'sent');
      t.notOk(smtp.messages()[2]?.content.equals(after.content));
    });
  }
}
