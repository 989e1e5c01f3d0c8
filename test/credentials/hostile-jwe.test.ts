import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { FlattenedEncrypt, type JWEHeaderParameters } from 'jose';
import { test } from 'tap';
import type { SealedSecret } from '@postausgang/credentials';
import { codeOfOpening, decoded, encoded, onlyKey, password, sealed } from './fixture.ts';

test('refuses a secret whose bytes were changed anywhere', async (t) => {
  const members = fc.constantFrom('protected', 'aad', 'iv', 'ciphertext', 'tag');
  const property = fc.asyncProperty(
    members,
    fc.nat(),
    fc.integer({ min: 1, max: 255 }),
    async (name, at, mask) => {
      const bytes = Buffer.from(sealed.jwe[name as keyof SealedSecret['jwe']], 'base64url');
      bytes.writeUInt8(bytes.readUInt8(at % bytes.length) ^ mask, at % bytes.length);
      const code = await codeOfOpening({
        ...sealed,
        jwe: { ...sealed.jwe, [name]: bytes.toString('base64url') },
      });
      return code === 'secret-required' || code === 'sealed-secret-malformed';
    },
  );
  await t.resolves(fc.assert(property, { numRuns: 150 }));
});

test('refuses another spelling of the same bytes', async (t) => {
  const { tag } = sealed.jwe;
  const lastDigit = { A: 'B', Q: 'R', g: 'h', w: 'x' }[tag.slice(-1)] ?? '';
  for (const respelled of [tag.slice(0, -1) + lastDigit, `${tag}==`, `${tag}\n`, ` ${tag}`]) {
    t.strictSame(Buffer.from(respelled, 'base64url'), Buffer.from(tag, 'base64url'));
    t.equal(
      await codeOfOpening({ ...sealed, jwe: { ...sealed.jwe, tag: respelled } }),
      'sealed-secret-malformed',
    );
  }
});

test('refuses a tag of any size but 16 bytes', async (t) => {
  const tag = Buffer.from(sealed.jwe.tag, 'base64url');
  t.equal(tag.length, 16);
  for (const bytes of [
    tag.subarray(0, 0),
    tag.subarray(0, 4),
    tag.subarray(0, 12),
    Buffer.concat([tag, tag]),
  ]) {
    const jwe = { ...sealed.jwe, tag: bytes.toString('base64url') };
    t.equal(await codeOfOpening({ ...sealed, jwe }), 'sealed-secret-malformed', `${bytes.length} bytes`);
  }
});

test('refuses every form but its own', async (t) => {
  const { jwe } = sealed;
  const { tag: _tag, ...withoutTag } = jwe;
  const forms: Record<string, unknown> = {
    nothing: undefined,
    null: null,
    'a string': 'eyJ',
    'an array': [sealed],
    'no JWE': { ...sealed, jwe: undefined },
    'a member too many': { ...sealed, extra: 1 },
    'an own __proto__': JSON.parse(`{"__proto__":{},"keyId":"k","destination":"d"}`),
    'no tag': { ...sealed, jwe: withoutTag },
    'an encrypted key': { ...sealed, jwe: { ...jwe, encrypted_key: 'AAAA' } },
    'an unprotected header': { ...sealed, jwe: { ...jwe, header: { zip: 'DEF' } } },
    'a shared unprotected header': { ...sealed, jwe: { ...jwe, unprotected: { apu: 'AA' } } },
    'a short iv': { ...sealed, jwe: { ...jwe, iv: jwe.iv.slice(0, 8) } },
    'a number as ciphertext': { ...sealed, jwe: { ...jwe, ciphertext: 1 } },
    'a key id that is no thumbprint': { ...sealed, keyId: '../key-1' },
    'a header that is no JSON': { ...sealed, jwe: { ...jwe, protected: 'AAAA' } },
    'a header that is null': { ...sealed, jwe: { ...jwe, protected: encoded(null) } },
  };
  for (const [title, form] of Object.entries(forms)) {
    t.equal(await codeOfOpening(form), 'sealed-secret-malformed', title);
  }
});

// Sealed correctly with another library call, so that only the header can be the reason for the refusal.
async function sealedWithHeader(
  header: JWEHeaderParameters,
  key: KeyObject | Uint8Array,
  crit: Record<string, boolean> = {},
): Promise<unknown> {
  const jwe = await new FlattenedEncrypt(new TextEncoder().encode(password))
    .setProtectedHeader({ kid: sealed.keyId, ...header })
    .setAdditionalAuthenticatedData(Buffer.from(sealed.jwe.aad, 'base64url'))
    .encrypt(key, { crit });
  return { ...sealed, jwe };
}

test('refuses other algorithms and header parameters, also when correctly encrypted', async (t) => {
  const key = createPublicKey({ key: { ...onlyKey }, format: 'jwk' });
  const ours = { alg: 'ECDH-ES', enc: 'A256GCM' };
  t.equal(await codeOfOpening(await sealedWithHeader(ours, key)), 'opened', 'the same call with our header');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const octets = new Uint8Array(32);
  const candidates: Record<string, Promise<unknown>> = {
    dir: sealedWithHeader({ ...ours, alg: 'dir' }, octets),
    'RSA-OAEP-256': sealedWithHeader({ ...ours, alg: 'RSA-OAEP-256' }, rsa),
    'ECDH-ES+A256KW': sealedWithHeader({ ...ours, alg: 'ECDH-ES+A256KW' }, key),
    'PBES2 with p2c': sealedWithHeader({ ...ours, alg: 'PBES2-HS256+A128KW' }, octets),
    A128GCM: sealedWithHeader({ ...ours, enc: 'A128GCM' }, key),
    'A256CBC-HS512': sealedWithHeader({ ...ours, enc: 'A256CBC-HS512' }, key),
    p2c: sealedWithHeader({ ...ours, p2c: 2 ** 31 }, key),
    zip: sealedWithHeader({ ...ours, zip: 'DEF' }, key),
    crit: sealedWithHeader({ ...ours, crit: ['x'], x: 1 }, key, { x: true }),
    jku: sealedWithHeader({ ...ours, jku: 'https://keys.example' }, key),
    'another kid': sealedWithHeader({ ...ours, kid: 'other' }, key),
  };
  for (const [title, candidate] of Object.entries(candidates)) {
    t.equal(await codeOfOpening(await candidate), 'sealed-secret-malformed', title);
  }
});

test('refuses an ephemeral key that is not a point on P-256', async (t) => {
  const header = decoded(sealed.jwe.protected) as { epk: { x: string } };
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
  const epks: Record<string, unknown> = {
    'another curve': foreign,
    'another curve under the name of ours': { ...foreign, crv: 'P-256' },
    'off the curve': { ...header.epk, y: header.epk.x },
    X25519: generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }),
    'with a private member': { ...header.epk, d: 'AAAA' },
    missing: undefined,
  };
  for (const [title, epk] of Object.entries(epks)) {
    const jwe = { ...sealed.jwe, protected: encoded({ ...header, epk }) };
    t.equal(await codeOfOpening({ ...sealed, jwe }), 'sealed-secret-malformed', title);
  }
});
