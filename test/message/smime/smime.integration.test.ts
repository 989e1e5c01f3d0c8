import { createPrivateKey } from 'node:crypto';
import { test } from 'tap';
import { messageOfBytes } from '../../../packages/message/src/message.ts';
import { createRecipient, encryptContent } from '../../../packages/message/src/smime/encrypt.ts';
import { createSigner } from '../../../packages/message/src/smime/sign.ts';
import { openSmtpTransport } from '../../../services/mailer/src/transports/smtp/transport.ts';
import { requirePeer } from '../../peers/peer.ts';
import { startPostfix } from '../../peers/postfix.ts';
import { checkCombination, secured } from './check-combination.ts';
import { combinations, createPool } from './combinations.ts';
import { startGpgsm } from './gpgsm.ts';
import { createMailAuthority } from './mail-authority.ts';
import { messages } from './messages.ts';

test('a trip through Postfix leaves every signature and every encrypted message readable', async (t) => {
  if (!requirePeer(t, 'postfix')) return;
  const postfix = await startPostfix();
  t.teardown(() => postfix.stop());
  const authority = await createMailAuthority(t);
  const opened = await openSmtpTransport({
    description: {
      hostname: postfix.host,
      port: postfix.plainPort,
      encryption: 'none',
      authentication: 'none',
      username: null,
      windows: null,
      timeoutSeconds: 20,
      allowCleartextAuthentication: false,
    },
    password: null,
    policy: { allowedPorts: 'any', allowLoopback: true, deniedNetworks: [], allowedNetworks: [] },
    ehloName: 'client.test',
  });
  if (!opened.ok) throw new Error(opened.failure.code);
  t.teardown(() => opened.transport.close());

  let number = 0;
  for (const one of combinations(await createPool(authority))) {
    number += 1;
    const to = `trip-${number}@example.com`;
    const sent = await opened.transport.send({
      envelope: { from: 'erp@acme.example', to: [to] },
      message: messageOfBytes(await secured(authority, one)),
      onIntent: async () => undefined,
    });
    t.match(sent, { kind: 'finished', recipients: [{ outcome: 'sent' }] });
    const arrived = await postfix.waitForMessage(({ recipient }) => recipient === to);
    const message = Buffer.from(arrived.bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
    await checkCombination(t, authority, one, { message, readers: [one.sender] });
  }
});

test('gpgsm, another implementation, verifies every kind of signature and decrypts what it can', async (t) => {
  if (!requirePeer(t, 'gpgsm', 'openssl')) return;
  const authority = await createMailAuthority(t);
  const [rsa, p256, p384] = await Promise.all([
    authority.issue('rsa@example.com', 'rsa-2048'),
    authority.issue('p256@example.com', 'p-256'),
    authority.issue('p384@example.com', 'p-384'),
  ]);
  const gpgsm = await startGpgsm(t, authority, [rsa]);
  const content = messages.attachments;
  for (const { certificate, key } of [rsa, p256, p384]) {
    for (const usePss of [false, true]) {
      const signer = createSigner({ certificate, chain: [authority.ca], key: createPrivateKey(key), usePss });
      await t.resolves(
        gpgsm.verify(content, await signer.sign(content, new Date())),
        `${signer.micalg} ${usePss}`,
      );
    }
  }
  // Neither OAEP nor AES-GCM is known to gpgsm 2.2.
  const recipients = [rsa, p256].flatMap(({ certificate }) => createRecipient(certificate) ?? []);
  const options = { contentEncryption: 'aes-256-cbc', keyTransport: 'rsa-pkcs1' } as const;
  t.ok((await gpgsm.decrypt(encryptContent(content, recipients, options))).equals(content));
});
