/*
 * Who a person is that has signed in with the account of the company. The provider's own tokens end after minutes, may be for
 * other services, and may say nothing of groups, so the service that has read them writes down what they allow: a token of our
 * own, with an HMAC that only our services can make. It is the credential of a session, sealed in its cookie, and goes to a mailer
 * as an API key would. Its key is derived from one that the services share already.
 */
import { hkdfSync } from 'node:crypto';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { type Scope, scopes as allScopes } from '@postausgang/contracts';
import type { Authenticate } from './authentication.ts';
import { principalOfPerson, type Person } from './token-claims.ts';

export interface Vouchers {
  /** The voucher of a person. It says itself when it ends. */
  issue(person: Person, endsAtMs: number): Promise<string>;
  /** Undefined: this is no voucher. */
  readonly authenticate: Authenticate;
}

interface VoucherKeys {
  /** Signs. */
  readonly active: Uint8Array;
  /** Verify as well: the keys that other processes may still sign with. */
  readonly others?: readonly Uint8Array[];
}

const type = 'postausgang-account+jwt';
const algorithm = 'HS256';
const audience = 'postausgang';

const Texts = Type.Array(Type.String());
const VoucherSchema = Type.Object({
  sub: Type.String({ minLength: 1 }),
  name: Type.String(),
  exp: Type.Integer(),
  scopes: Texts,
  senders: Type.Union([Type.Null(), Type.Object({ senders: Texts, senderDomains: Texts })]),
});

/** Whether a credential says that it is a voucher. It may still be a false one. */
export function isVoucher(credential: string): boolean {
  try {
    return decodeProtectedHeader(credential).typ === type;
  } catch {
    return false;
  }
}

function derived(secret: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', type, 32));
}

/** Vouchers that are issued and accepted with these keys, of 32 random bytes or more each. */
export function createVouchers({ active, others = [] }: VoucherKeys, now: () => Date): Vouchers {
  const signing = derived(active);
  const verifying = [signing, ...others.map(derived)];
  const verify = async (voucher: string): Promise<Static<typeof VoucherSchema> | undefined> => {
    for (const key of verifying) {
      try {
        const options = { algorithms: [algorithm], typ: type, audience, currentDate: now() };
        const { payload } = await jwtVerify(voucher, key, options);
        return Value.Check(VoucherSchema, payload) ? payload : undefined;
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      }
    }
    return undefined;
  };
  return {
    issue: ({ id, name, scopes, senders = null }, endsAtMs) =>
      new SignJWT({ name, scopes: [...scopes], senders })
        .setProtectedHeader({ alg: algorithm, typ: type })
        .setSubject(id)
        .setAudience(audience)
        .setExpirationTime(Math.floor(endsAtMs / 1000))
        .sign(signing),
    async authenticate(credential) {
      if (!credential.includes('.') || !isVoucher(credential)) return undefined;
      try {
        const voucher = await verify(credential);
        if (voucher === undefined) return { refusal: 'token-signature' };
        const { sub, name, exp, senders } = voucher;
        const held = allScopes.filter((scope: Scope) => voucher.scopes.includes(scope));
        const person = { id: sub, name, scopes: new Set(held), senders: senders ?? undefined };
        return principalOfPerson(person, exp * 1000);
      } catch (error) {
        return { refusal: error instanceof errors.JWTExpired ? 'token-expired' : 'token-malformed' };
      }
    },
  };
}
