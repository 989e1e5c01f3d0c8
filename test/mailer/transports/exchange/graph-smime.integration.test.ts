import { createPrivateKey } from 'node:crypto';
import { test } from 'tap';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import { createRecipient } from '../../../../packages/message/src/smime/encrypt.ts';
import { prepareMessage } from '../../../../packages/message/src/smime/mail-security.ts';
import { createSigner } from '../../../../packages/message/src/smime/sign.ts';
import {
  createMailAuthority,
  type MailAuthority,
  type MailCertificate,
} from '../../../message/smime/mail-authority.ts';
import { startGraphServer } from '../../../peers/exchange/graph-server.ts';
import { connection, mailbox, message, opened, sending, startWorld } from './fixture.ts';

const to = 'a@example.com';

/** A message of about this size, signed, encrypted, or both. */
async function secured(
  { ca }: MailAuthority,
  { certificate, key }: MailCertificate,
  mode: 'sign' | 'encrypt' | 'both',
  sizeBytes: number,
): Promise<Uint8Array> {
  const signer = createSigner({ certificate, chain: [ca], key: createPrivateKey(key), usePss: false });
  const large = Buffer.concat([message(), Buffer.alloc(sizeBytes, `${'a'.repeat(70)}\r\n`)]);
  const options = { signer: mode === 'encrypt' ? null : signer, signingTime: new Date() };
  const prepared = prepareMessage(messageOfBytes(large), options);
  if (prepared === undefined) throw new Error('the message has no header section');
  if (mode === 'sign') return (await prepared.clear()).bytes;
  const recipients = [createRecipient(certificate) ?? []].flat();
  const choice = { contentEncryption: 'aes-256-cbc', keyTransport: 'rsa-pkcs1' } as const;
  return (await prepared.encrypted(recipients, choice)).bytes;
}

test('what S/MIME made and Graph takes only in parts is refused before anything is sent, and told why', async (t) => {
  const world = await startWorld(t);
  const graph = await startGraphServer(world.certificates.server, world.authority, mailbox);
  t.teardown(() => graph.close());
  const content = connection(world.authority, { protocol: 'graph', graphUrl: graph.url });
  const transport = await opened(t, world.options, content);
  const authority = await createMailAuthority(t);
  const sender = await authority.issue(mailbox, 'rsa-2048');
  for (const mode of ['sign', 'encrypt', 'both'] as const) {
    const { request, intents } = sending([to], await secured(authority, sender, mode, 4 * 1024 * 1024));
    const result = await transport.send(request);
    t.match(
      result,
      {
        recipients: [
          {
            outcome: 'rejected',
            failure: {
              code: 'smime-too-large',
              class: 'permanent',
              en: /signed or encrypted/,
              de: /signierte oder verschlüsselte/,
            },
          },
        ],
      },
      mode,
    );
    t.strictSame(intents, [], 'no intent stands');
    t.strictSame(graph.asked, [], 'neither a mail nor a draft was asked for');
  }
  const small = sending([to], await secured(authority, sender, 'both', 1024));
  t.match(await transport.send(small.request), { failure: null }, 'a smaller one goes out');
  t.strictSame(graph.asked, [`POST /v1.0/users/${encodeURIComponent(mailbox)}/sendMail`]);
});
