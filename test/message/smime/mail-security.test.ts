import { ContentInfo, EnvelopedData } from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';
import fc from 'fast-check';
import { test } from 'tap';
import type { Decisions } from '@postausgang/contracts';
import type { InlineComposedMail } from '../../../packages/message/src/attachments.ts';
import { composeMail } from '../../../packages/message/src/compose.ts';
import { messageOfBytes } from '../../../packages/message/src/message.ts';
import type { KeyChoice } from '../../peers/certificates.ts';
import { createMailAuthority, type MailCertificate } from './mail-authority.ts';
import { decrypted, verified } from './openssl-cms.ts';
import { openSecurity, type SecurityBench, storeInMemory } from './security-fixture.ts';
import { splitAtEmptyLine } from './split.ts';

const from = { address: 'erp@acme.example' };
const base: Decisions = {
  serverId: 'default',
  sender: 'default',
  from,
  envelopeFrom: from.address,
  copies: [],
};
const named = (addresses: readonly string[]) => addresses.map((address) => ({ address }));

function mailTo(
  to: readonly string[],
  cc: readonly string[] = [],
  bcc: readonly string[] = [],
): InlineComposedMail {
  return { id: '1', to: named(to), cc: named(cc), bcc: named(bcc), subject: 'Rechnung', text: 'Grüße' };
}

async function decide(
  { security, content }: SecurityBench,
  request: InlineComposedMail,
  smime: Parameters<SecurityBench['content']>[0],
  decisions = base,
) {
  const composed = composeMail(request, decisions, { acceptedAtMs: 0 });
  const message = composed?.message ?? messageOfBytes(Buffer.alloc(0));
  return security.decide({ request, decisions, content: content(smime), message });
}

/** Serial numbers of the certificates that an encrypted message names. */
function serialsIn(message: Uint8Array): string[] {
  const der = Buffer.from(splitAtEmptyLine(message).body.toString('latin1'), 'base64');
  const { recipientInfos } = AsnConvert.parse(AsnConvert.parse(der, ContentInfo).content, EnvelopedData);
  return recipientInfos
    .flatMap(({ ktri, kari }) => [
      ...(ktri === undefined ? [] : [ktri.rid.issuerAndSerialNumber]),
      ...(kari?.recipientEncryptedKeys ?? []).map(({ rid }) => rid.issuerAndSerialNumber),
    ])
    .map((one) =>
      Buffer.from(one?.serialNumber ?? new ArrayBuffer(0))
        .toString('hex')
        .replace(/^0+/, ''),
    )
    .toSorted();
}

const serialOf = ({ certificate }: MailCertificate): string =>
  certificate.serialNumber.toLowerCase().replace(/^0+/, '');

test('no certificate of a Bcc recipient stands in a message of anybody else: 500 sets of recipients', async (t) => {
  const authority = await createMailAuthority(t);
  const kinds: readonly KeyChoice[] = ['p-256', 'rsa-2048', 'p-256', 'p-256'];
  const sender = await authority.issue(from.address, 'p-256');
  const people = await Promise.all(
    Array.from({ length: 7 }, (_, index) =>
      authority.issue(`p${index}@example.com`, kinds[index % 4] ?? 'p-256'),
    ),
  );
  const bench = await openSecurity(t, authority, sender, { store: storeInMemory() });
  people.forEach((one) => bench.addRecipient(one));
  const byAddress = new Map([...people, sender].map((one) => [one.address, one] as const));
  const serials = (addresses: readonly string[]): string[] =>
    [...new Set([...addresses, from.address])]
      .flatMap((address) => byAddress.get(address) ?? [])
      .map(serialOf)
      .toSorted();

  const sets = fc
    .shuffledSubarray(
      people.map(({ address }) => address),
      { minLength: 1 },
    )
    .chain((chosen) =>
      fc.tuple(fc.nat(chosen.length), fc.nat(chosen.length), fc.boolean()).map(([a, b, copy]) => ({
        to: chosen.slice(0, Math.min(a, b)),
        cc: chosen.slice(Math.min(a, b), Math.max(a, b)),
        bcc: chosen.slice(Math.max(a, b)),
        copy,
      })),
    );
  let count = 0;
  await fc.assert(
    fc.asyncProperty(sets, async ({ to, cc, bcc, copy }) => {
      count += 1;
      const copies = copy ? [{ address: from.address, rule: 'copy-to-sender' as const }] : [];
      bench.addRecipient(sender);
      const decided = await decide(bench, mailTo(to, cc, bcc), { encrypt: 'required' }, { ...base, copies });
      if (decided.kind !== 'secured') throw new Error(decided.failure.code);
      const hidden = [...bcc, ...copies.map(({ address }) => address)];
      const expected = [
        ...(to.length + cc.length > 0 ? [[...to, ...cc]] : []),
        ...hidden.map((one) => [one]),
      ];
      if (decided.value.messages.length !== expected.length) throw new Error('other messages than expected');
      for (const recipients of expected) {
        const { bytes } = await bench.security.message(decided.value, recipients);
        const found = serialsIn(bytes);
        if (found.join() !== serials(recipients).join()) throw new Error(`${found} for ${recipients}`);
        if (/^bcc:/im.test(splitAtEmptyLine(bytes).headers)) throw new Error('a Bcc field');
      }
    }),
    { numRuns: 500 },
  );
  t.equal(count, 500);
});

test('a recipient without a usable certificate fails the mail under required, and is named', async (t) => {
  const authority = await createMailAuthority(t);
  const [sender, kunde] = [
    await authority.issue(from.address, 'p-256'),
    await authority.issue('kunde@example.com', 'p-256'),
  ];
  const bench = await openSecurity(t, authority, sender);
  bench.addRecipient(kunde);
  t.match(await decide(bench, mailTo(['KUNDE@example.com']), { encrypt: 'required' }), { kind: 'secured' });
  t.match(
    await decide(bench, mailTo(['kunde@example.com'], ['niemand@example.com']), { encrypt: 'required' }),
    {
      kind: 'failed',
      failure: { code: 'smime-recipient-certificate-missing', detail: 'niemand@example.com' },
    },
  );
  t.match(
    await decide(bench, mailTo(['kunde@example.com'], [], ['niemand@example.com']), { encrypt: 'required' }),
    {
      kind: 'failed',
      failure: { detail: 'niemand@example.com' },
    },
  );

  const later = () => new Date(Date.now() + 40 * 86_400_000);
  const old = await openSecurity(t, authority, sender, { now: later });
  t.match(await decide(old, mailTo(['kunde@example.com']), { encrypt: 'required' }), {
    kind: 'later',
    failure: { code: 'smime-certificate-unusable', detail: /expired/ },
  });
});

test('when possible means all who see each other, and it is recorded who had no certificate', async (t) => {
  const authority = await createMailAuthority(t);
  const sender = await authority.issue(from.address, 'rsa-2048');
  const [a, b] = [
    await authority.issue('a@example.com', 'p-256'),
    await authority.issue('b@example.com', 'p-384'),
  ];
  const bench = await openSecurity(t, authority, sender);
  bench.addRecipient(a);
  bench.addRecipient(b);
  const smime = { sign: true, encrypt: 'when-possible', contentEncryption: 'aes-256-gcm' } as const;
  const request = mailTo(
    ['a@example.com', 'ohne@example.com'],
    [],
    ['b@example.com', 'auch-ohne@example.com'],
  );
  const decided = await decide(bench, request, smime);
  t.match(decided, {
    kind: 'secured',
    value: {
      signedWith: 'own',
      withoutCertificate: ['ohne@example.com', 'auch-ohne@example.com'],
      messages: [
        { for: null, encrypted: false },
        { for: 'b@example.com', encrypted: true },
        { for: 'auch-ohne@example.com', encrypted: false },
      ],
    },
  });
  if (decided.kind !== 'secured') return;
  const { security } = bench;
  const { bytes: clear } = await security.message(decided.value, ['a@example.com', 'ohne@example.com']);
  t.match(
    (await verified(clear, authority)).toString(),
    'Subject: Rechnung',
    'the signature covers the subject',
  );
  const { bytes: secret } = await security.message(decided.value, ['b@example.com']);
  t.notMatch(Buffer.from(secret).toString(), 'text/plain');
  const inside = await decrypted(secret, b);
  t.match((await verified(inside, authority)).toString(), 'Subject: Rechnung');
  t.ok((await decrypted(secret, sender)).equals(inside), 'the sender reads the copy');
  await t.rejects(decrypted(secret, a), 'and nobody else');
  t.ok(
    Buffer.from((await security.message(decided.value, ['b@example.com'])).bytes).equals(secret),
    'the same bytes again',
  );
});

test('a gateway gets everything in one message, and a sender who is not certified is refused', async (t) => {
  const authority = await createMailAuthority(t);
  const sender = await authority.issue(from.address, 'rsa-2048');
  const gateway = await authority.issue('gateway@acme.example', 'rsa-2048');
  const bench = await openSecurity(t, authority, sender);
  const gatewayCertificateId = bench.addRecipient(gateway);
  const smime = { encrypt: 'gateway', gatewayCertificateId, keyTransport: 'rsa-oaep' } as const;
  const decided = await decide(bench, mailTo(['a@example.com'], [], ['b@example.com']), smime);
  t.match(decided, { kind: 'secured', value: { messages: { length: 1 } } });
  if (decided.kind !== 'secured') return;
  const { bytes } = await bench.security.message(decided.value, ['a@example.com', 'b@example.com']);
  t.match((await decrypted(bytes, gateway)).toString(), 'Content-Type: text/plain');

  const other = { ...base, from: { address: 'andere@acme.example' } };
  t.match(await decide(bench, mailTo(['a@example.com']), { sign: true }, other), {
    kind: 'failed',
    failure: { code: 'smime-sender-mismatch', detail: 'andere@acme.example' },
  });
  t.match(
    await decide(bench, mailTo(['a@example.com']), { encrypt: 'gateway', gatewayCertificateId: 'nobody' }),
    {
      kind: 'later',
      failure: { code: 'smime-certificate-unusable' },
    },
  );
  t.match(await decide(bench, mailTo(['a@example.com']), { sign: true, certificateId: 'nobody' }), {
    kind: 'later',
  });
});

/** SMIMECapabilities (RFC 8551 §2.5.2), DER in hexadecimal. */
const capabilities = {
  gcm: '300d300b060960864801650304012e',
  /** RC2 with its parameter, AES-256-CBC, then GCM. */
  gcmAmongOthers: '302a300e06082a864886f70d030202020080300b060960864801650304012a300b060960864801650304012e',
  cbc: '300d300b060960864801650304012a',
  gcmWith128Bits: '300d300b0609608648016503040106',
  damaged: '300d300b0609608648',
};

test('a message is encrypted with AES-256-GCM when all its recipients declare it, and openssl reads it', async (t) => {
  const authority = await createMailAuthority(t);
  const sender = await authority.issue(from.address, 'p-256');
  const bench = await openSecurity(t, authority, sender);
  const people = {
    gcm: await authority.issue('gcm@example.com', 'rsa-2048', capabilities.gcm),
    others: await authority.issue('others@example.com', 'p-256', capabilities.gcmAmongOthers),
    cbc: await authority.issue('cbc@example.com', 'p-256', capabilities.cbc),
    short: await authority.issue('short@example.com', 'p-256', capabilities.gcmWith128Bits),
    damaged: await authority.issue('damaged@example.com', 'p-256', capabilities.damaged),
    silent: await authority.issue('silent@example.com', 'rsa-2048'),
  };
  for (const one of Object.values(people)) bench.addRecipient(one);
  const gatewayCertificateId = bench.addRecipient(people.gcm);
  const { gcm, others, cbc, short, damaged, silent } = people;
  const required = { sign: true, encrypt: 'required' } as const;
  const cases = [
    [required, [gcm], 'authEnveloped-data'],
    [required, [gcm, others], 'authEnveloped-data'],
    [{ ...required, contentEncryption: 'auto' }, [gcm], 'authEnveloped-data'],
    [{ encrypt: 'gateway', gatewayCertificateId }, [gcm], 'authEnveloped-data'],
    [{ encrypt: 'when-possible' }, [others], 'authEnveloped-data'],
    ...[cbc, short, damaged, silent].map((one) => [required, [gcm, one], 'enveloped-data'] as const),
    [{ ...required, contentEncryption: 'aes-256-cbc' }, [gcm], 'enveloped-data'],
    [{ ...required, contentEncryption: 'aes-256-gcm' }, [silent], 'authEnveloped-data'],
  ] as const;
  for (const [smime, recipients, type] of cases) {
    const to = recipients.map(({ address }) => address);
    const decided = await decide(bench, mailTo(to), smime);
    if (decided.kind !== 'secured') throw new Error(decided.failure.code);
    const { bytes } = await bench.security.message(decided.value, to);
    const name = `${JSON.stringify(smime)} to ${to.join()}`;
    t.match(splitAtEmptyLine(bytes).headers, `smime-type=${type};`, name);
    for (const reader of [...recipients, sender]) {
      t.match(
        (await decrypted(bytes, reader)).toString('latin1'),
        'text/plain',
        `${name}: ${reader.address}`,
      );
    }
  }
});

test('a hidden recipient without AES-256-GCM takes it from nobody else', async (t) => {
  const authority = await createMailAuthority(t);
  const bench = await openSecurity(t, authority, await authority.issue(from.address, 'p-256'));
  bench.addRecipient(await authority.issue('gcm@example.com', 'p-256', capabilities.gcm));
  bench.addRecipient(await authority.issue('silent@example.com', 'p-256'));
  const request = mailTo(['gcm@example.com'], [], ['silent@example.com']);
  const decided = await decide(bench, request, { encrypt: 'required' });
  if (decided.kind !== 'secured') throw new Error(decided.failure.code);
  const headersFor = async (to: string): Promise<string> =>
    splitAtEmptyLine((await bench.security.message(decided.value, [to])).bytes).headers;
  t.match(await headersFor('gcm@example.com'), 'smime-type=authEnveloped-data;');
  t.match(await headersFor('silent@example.com'), 'smime-type=enveloped-data;');
});
