/** What S/MIME adds to a mail of 275 kB: CPU of signing and encrypting it, beside the bare operations of node:crypto. */
import { createCipheriv, hash, publicEncrypt, randomBytes, sign } from 'node:crypto';
import { privateKeyOfPem } from '@postausgang/credentials/certificates';
import { composeMessage } from '../../packages/message/src/compose.ts';
import { type ContentEncryption, createRecipient } from '../../packages/message/src/smime/encrypt.ts';
import { prepareMessage } from '../../packages/message/src/smime/mail-security.ts';
import { createSigner } from '../../packages/message/src/smime/sign.ts';
import { createMailAuthority } from '../message/smime/mail-authority.ts';
import { median } from './statistics.ts';

const rounds = 15;
const perRound = 20;

const endings: (() => unknown)[] = [];
const authority = await createMailAuthority({ teardown: (end) => void endings.push(end) });
const [own, kunde] = [
  await authority.issue('erp@acme.example', 'rsa-2048'),
  await authority.issue('kunde@example.com', 'rsa-2048'),
];
const key = privateKeyOfPem(own.key);
const signer = createSigner({ certificate: own.certificate, chain: [authority.ca], key, usePss: false });
const recipients = [own, kunde].flatMap(({ certificate }) => createRecipient(certificate) ?? []);
const message = composeMessage({
  request: {
    id: '1',
    to: [{ address: 'kunde@example.com' }],
    subject: 'Rechnung',
    text: 'Anbei.',
    attachments: [
      {
        filename: 'rechnung.pdf',
        contentType: 'application/pdf',
        content: randomBytes(200_000).toString('base64'),
      },
    ],
  },
  mailId: '1',
  messageId: '<1@acme.example>',
  date: new Date(0),
  from: { address: 'erp@acme.example' },
});

async function secure(contentEncryption: ContentEncryption): Promise<void> {
  const prepared = prepareMessage(message, { signer, signingTime: new Date() });
  await prepared?.encrypted(recipients, { contentEncryption, keyTransport: 'rsa-pkcs1' });
}

/** The same operations on bytes of the same size, and nothing around them. */
async function bare(): Promise<void> {
  sign('sha256', hash('sha256', message.bytes, 'buffer'), key);
  const contentKey = randomBytes(32);
  const cipher = createCipheriv('aes-256-cbc', contentKey, randomBytes(16));
  Buffer.concat([cipher.update(message.bytes), cipher.final()]).toString('base64');
  for (const { publicKey } of recipients) publicEncrypt(publicKey, contentKey);
}

async function cpuMs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < perRound; count += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / perRound;
}

const works = {
  'sign and encrypt, AES-256-CBC': () => secure('aes-256-cbc'),
  'sign and encrypt, AES-256-GCM': () => secure('aes-256-gcm'),
  'the bare operations of node:crypto': bare,
} as const;
const times = new Map(Object.keys(works).map((name) => [name, [] as number[]]));
try {
  for (let round = 0; round < rounds + 1; round += 1) {
    for (const [name, work] of Object.entries(works)) {
      const spent = await cpuMs(work);
      // The first round warms up.
      if (round > 0) times.get(name)?.push(spent);
    }
  }
} finally {
  await Promise.all(endings.map(async (end) => end()));
}
const bareMs = median(times.get('the bare operations of node:crypto') ?? []);
console.log(
  `A message of ${Math.round(message.bytes.length / 1000)} kB, RSA 2048, two recipients; CPU, medians of ${rounds} rounds`,
);
for (const [name, spent] of times) {
  console.log(`${name.padEnd(36)} ${median(spent).toFixed(2)} ms  ${(median(spent) / bareMs).toFixed(2)} x`);
}
