import { createDecipheriv, createECDH, createHash } from 'node:crypto';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { t as tap, test } from 'tap';
import {
  addKey,
  createOpener,
  createSealer,
  createSecret,
  openKeyRing,
  revealSecret,
  type SealedSecret,
  SealingError,
  sealingErrors,
} from '@postausgang/credentials';
import {
  binding,
  codeOfOpening,
  decoded,
  destination,
  directory,
  encoded,
  keyRing,
  onlyKey,
  opener,
  password,
  sealed,
  sealer,
} from './fixture.ts';

test('opens what was sealed, whatever the text', async (t) => {
  const characters = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
  const anything = fc.array(characters).map((parts) => parts.join('').toWellFormed());
  const texts = fc.oneof(anything, fc.constantFrom('', '\uFEFFbom', '\0', 'ä€😀'));
  const property = fc.asyncProperty(texts, async (text) => {
    const opened = await opener.open(await sealer.seal(createSecret(text), binding), binding);
    return revealSecret(opened) === text;
  });
  await t.resolves(fc.assert(property, { numRuns: 50 }));
});

test('a sealed secret is plain JSON that names key, algorithms and binding, and survives the log', async (t) => {
  t.equal(sealed.keyId, keyRing.activeKeyId);
  t.equal(sealed.destination, destination);
  t.strictSame(Object.keys(sealed.jwe).toSorted(), ['aad', 'ciphertext', 'iv', 'protected', 'tag']);
  t.match(decoded(sealed.jwe.protected), { alg: 'ECDH-ES', enc: 'A256GCM', kid: sealed.keyId });
  t.strictSame(decoded(sealed.jwe.aad), binding);
  const fromLog: SealedSecret = JSON.parse(JSON.stringify(sealed));
  t.strictSame(fromLog, sealed);
  t.equal(revealSecret(await opener.open(fromLog, binding)), password);
  const again = await sealer.seal(createSecret(password), binding);
  t.not(again.jwe.protected, sealed.jwe.protected, 'a fresh ephemeral key each time');
  t.not(again.jwe.ciphertext, sealed.jwe.ciphertext);
});

test('refuses text that UTF-8 would change', async (t) => {
  await t.rejects(sealer.seal(createSecret('half a \uD83D pair'), binding), { code: 'secret-malformed' });
});

test('refuses every other binding', async (t) => {
  for (const member of ['resource', 'field', 'destination'] as const) {
    const other = { ...binding, [member]: `${binding[member]}x` };
    t.equal(await codeOfOpening(sealed, other), 'secret-required', member);
    const carried = { ...sealed.jwe, aad: encoded(other) };
    const relabeled = { ...sealed, destination: other.destination, jwe: carried };
    t.equal(await codeOfOpening(relabeled, other), 'secret-required', `${member}, relabeled in the log`);
    t.equal(await codeOfOpening(relabeled), 'secret-required', `${member}, relabeled, for the old binding`);
  }
  t.equal(
    await codeOfOpening({ ...sealed, destination: 'x' }),
    'secret-required',
    'only the visible digest changed',
  );
});

test('a sealer takes public keys only and cannot open', async (t) => {
  const key = onlyKey;
  const fromJson = createSealer(JSON.parse(JSON.stringify(keyRing.publicKeys)));
  t.equal(await codeOfOpening(await fromJson.seal(createSecret(password), binding)), 'opened');
  t.strictSame(Object.keys(fromJson), ['seal']);
  const keys: Record<string, object> = {
    'a private member': { ...key, d: 'AAAA' },
    'an algorithm of its own': { ...key, alg: 'RSA-OAEP' },
    'a key id of its own': { ...key, kid: 'mine' },
    'a point off the curve': { ...key, y: key.x },
    'no coordinate': { ...key, y: undefined },
  };
  for (const [title, bad] of Object.entries(keys)) {
    const ring = { activeKeyId: key.kid, keys: [key, bad] } as typeof keyRing.publicKeys;
    t.throws(() => createSealer(ring), { code: 'public-key-malformed' }, title);
  }
  t.throws(() => createSealer({ activeKeyId: key.kid, keys: [] }), { code: 'public-key-malformed' });
});

test('a key that is not in the ring is named', async (t) => {
  const strangers = await openKeyRing(join(tap.testdirName, 'other-keys'));
  const foreign = await createSealer(strangers.publicKeys).seal(createSecret(password), binding);
  await t.rejects(opener.open(foreign, binding), {
    code: 'key-unknown',
    message: new RegExp(strangers.activeKeyId),
  });
  t.equal(
    await codeOfOpening({ ...foreign, keyId: sealed.keyId }),
    'sealed-secret-malformed',
    'kid is authenticated',
  );
  const renewed = createOpener(await addKey(directory));
  t.equal(revealSecret(await renewed.open(sealed, binding)), password);
});

test('no error holds the secret or a cause that might', async (t) => {
  const wrong = { ...sealed, jwe: { ...sealed.jwe, tag: sealed.jwe.iv } };
  for (const candidate of [wrong, { ...sealed, destination: 'x' }, password]) {
    const error: unknown = await opener
      .open(candidate as SealedSecret, binding)
      .catch((caught: unknown) => caught);
    if (!(error instanceof SealingError)) throw new Error('expected a refusal');
    t.equal(error.cause, undefined);
    t.notOk(inspect(error, { showHidden: true, depth: null }).includes(password));
    t.ok(error.message.startsWith(sealingErrors[error.code]));
  }
});

// The receiving end once more, straight from the RFCs, to prove that what we write is what they describe.
function concatKdf(z: Buffer, algorithm: string, apu: string, apv: string, keyBits: number): Buffer {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const counted = (text: string): Buffer[] => [number(Buffer.byteLength(text)), Buffer.from(text)];
  const info = [...counted(algorithm), ...counted(apu), ...counted(apv), number(keyBits)];
  return createHash('sha256')
    .update(Buffer.concat([number(1), z, ...info]))
    .digest()
    .subarray(0, keyBits / 8);
}

function agree(privateValue: string, { x, y }: { x: string; y: string }): Buffer {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(privateValue, 'base64url');
  const point = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return ecdh.computeSecret(Buffer.concat(point));
}

test('key agreement reproduces RFC 7518 appendix C', (t) => {
  const alice = {
    x: 'gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0',
    y: 'SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps',
  };
  const z = agree('VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw', alice);
  t.equal(concatKdf(z, 'A128GCM', 'Alice', 'Bob', 128).toString('base64url'), 'VqqN6vgjbSBcIijNcacQGg');
  t.end();
});

test('any implementation of RFC 7516 can open a sealed secret', (t) => {
  const { epk } = decoded(sealed.jwe.protected) as { epk: { x: string; y: string } };
  const { d = '' } = keyRing.privateKeys.get(sealed.keyId)?.export({ format: 'jwk' }) ?? {};
  const key = concatKdf(agree(d, epk), 'A256GCM', '', '', 256);
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.jwe.iv, 'base64url'), {
    authTagLength: 16,
  });
  decipher.setAAD(Buffer.from(`${sealed.jwe.protected}.${sealed.jwe.aad}`));
  decipher.setAuthTag(Buffer.from(sealed.jwe.tag, 'base64url'));
  const ciphertext = Buffer.from(sealed.jwe.ciphertext, 'base64url');
  t.equal(Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8'), password);
  t.end();
});
