/*
 * What a session cookie holds, and how: sealed, so that whoever has it can neither read nor change it, and in as many cookies
 * as it takes. Browsers keep 4096 bytes of a cookie. An API key fits into one; an access token with 200 groups has 13 kB.
 *
 * Such a token is mostly base64url of JSON. Undone and deflated it shrinks to a third, so that two or three cookies suffice.
 * The pieces belong together by their order. One that is missing, or left over from another session, breaks the seal.
 *
 * A sign-in on its way to the identity provider and back is kept in the same manner.
 */
import { timingSafeEqual } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { compactDecrypt, CompactEncrypt } from 'jose';
import type { BegunSignIn } from './account-provider.ts';

/** The credential is looked up again on every request, so a revoked key ends its sessions. */
export interface SessionContent {
  readonly id: string;
  readonly credential: string;
  readonly startedAtMs: number;
  readonly renewedAtMs: number;
}

const header = { alg: 'dir', enc: 'A256GCM', typ: 'postausgang-session' } as const;
const deflated = 'deflate';
/** Below it, a session fits into one cookie as it is. */
const deflatedFromBytes = 2_800;
/** Much more than the longest token; only what was sealed here is ever inflated. */
const longestContentBytes = 64 * 1024;

/** A token as its parts, the first two decoded; a key, and whatever would not come back the same, as it is. */
type PackedCredential = string | readonly [header: string, claims: string, signature: string];

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const decode = (text: string): string => Buffer.from(text, 'base64url').toString();

function pack(credential: string): PackedCredential {
  const [head = '', claims = '', signature = '', ...rest] = credential.split('.');
  if (rest.length > 0) return credential;
  const packed = [decode(head), decode(claims), signature] as const;
  return unpack(packed) === credential ? packed : credential;
}

function unpack(packed: unknown): string | undefined {
  if (typeof packed === 'string') return packed;
  if (!Array.isArray(packed)) return undefined;
  const [head, claims, signature]: unknown[] = packed;
  if (typeof head !== 'string' || typeof claims !== 'string' || typeof signature !== 'string')
    return undefined;
  return [encode(head), encode(claims), signature].join('.');
}

/** Encrypted and authenticated (JWE, direct, AES-256-GCM). */
export async function sealSession(key: Uint8Array, content: SessionContent): Promise<string> {
  const { id, credential, startedAtMs, renewedAtMs } = content;
  const bytesOf = (packed: PackedCredential): Buffer =>
    Buffer.from(JSON.stringify([id, packed, startedAtMs, renewedAtMs]));
  const plain = bytesOf(credential);
  const isLong = plain.length > deflatedFromBytes;
  return new CompactEncrypt(isLong ? deflateRawSync(bytesOf(pack(credential))) : plain)
    .setProtectedHeader(isLong ? { ...header, cty: deflated } : header)
    .encrypt(key);
}

/** Undefined when it was not sealed with this key. */
export async function unsealSession(key: Uint8Array, sealed: string): Promise<SessionContent | undefined> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: [header.alg],
      contentEncryptionAlgorithms: [header.enc],
    });
    if (protectedHeader.typ !== header.typ) return undefined;
    const isDeflated = protectedHeader.cty === deflated;
    return readContent(
      isDeflated ? inflateRawSync(plaintext, { maxOutputLength: longestContentBytes }) : plaintext,
    );
  } catch {
    return undefined;
  }
}

function readContent(bytes: Uint8Array): SessionContent | undefined {
  const content: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!Array.isArray(content)) return undefined;
  const [id, packed, startedAtMs, renewedAtMs]: unknown[] = content;
  const credential = unpack(packed);
  if (typeof id !== 'string' || credential === undefined) return undefined;
  if (typeof startedAtMs !== 'number' || typeof renewedAtMs !== 'number') return undefined;
  return { id, credential, startedAtMs, renewedAtMs };
}

/** With name and attributes a cookie stays below the 4096 bytes that every browser keeps (RFC 6265 §6.1). */
const longestPiece = 3_800;
/** Enough for the longest token when nothing of it can be deflated. */
const mostPieces = 6;

const namesOf = (name: string): readonly string[] =>
  Array.from({ length: mostPieces }, (_, index) => (index === 0 ? name : `${name}-${index + 1}`));

/** The cookies of a request, by name. */
type CookieJar = Readonly<Record<string, string | undefined>>;

/** The cookies of a browser that has every piece. */
export const everyPiece = (name: string): CookieJar =>
  Object.fromEntries(namesOf(name).map((piece) => [piece, '']));

/** Puts a session together that came in pieces; undefined without the first of them. */
export function joinPieces(name: string, jar: CookieJar): string | undefined {
  const pieces = namesOf(name).map((piece) => jar[piece]);
  const end = pieces.indexOf(undefined);
  return end === 0 ? undefined : pieces.slice(0, end === -1 ? mostPieces : end).join('');
}

/** Each cookie that has to be written, and `undefined` for one that has to go. Nothing to write takes all of them away. */
export function splitIntoPieces(
  name: string,
  sealed: string,
  jar: CookieJar,
): readonly (readonly [name: string, value: string | undefined])[] {
  return namesOf(name)
    .map((piece, index) => {
      const value = sealed.slice(index * longestPiece, (index + 1) * longestPiece);
      return [piece, value === '' ? undefined : value] as const;
    })
    .filter(([piece, value]) => value !== undefined || piece === name || jar[piece] !== undefined);
}

/** A sign-in on its way. */
interface PendingSignIn extends BegunSignIn {
  /** Where the page goes on: a path of this service. */
  readonly returnTo: string;
  readonly endsAtMs: number;
}

export interface PendingSignIns {
  keep(reply: FastifyReply, begun: BegunSignIn, returnTo: string): Promise<void>;
  /** Takes the cookie away. Undefined: there is none that counts, or not for this state. */
  take(request: FastifyRequest, reply: FastifyReply, state: string): Promise<PendingSignIn | undefined>;
}

interface PendingOptions {
  readonly key: Uint8Array;
  readonly secure: boolean;
  readonly basePath: string;
  readonly now: () => number;
}

const pendingHeader = { ...header, typ: 'postausgang-sign-in' } as const;
const pendingMs = 10 * 60_000;

export function createPendingSignIns({ key, secure, basePath, now }: PendingOptions): PendingSignIns {
  const prefix = basePath === '' ? '__Host-' : '__Secure-';
  const name = `${secure ? prefix : ''}postausgang-sign-in`;
  // The provider is another site: a strict cookie would not come back from there.
  const attributes = {
    path: basePath === '' ? '/' : basePath,
    httpOnly: true,
    sameSite: 'lax',
    secure,
  } as const;
  const used = new Map<string, number>();
  const unseal = async (sealed: string): Promise<PendingSignIn | undefined> => {
    const algorithms = { keyManagementAlgorithms: [header.alg], contentEncryptionAlgorithms: [header.enc] };
    const opened = await compactDecrypt(sealed, key, algorithms).catch(() => undefined);
    if (opened === undefined || opened.protectedHeader.typ !== pendingHeader.typ) return undefined;
    const pending: PendingSignIn = JSON.parse(new TextDecoder().decode(opened.plaintext));
    return now() < pending.endsAtMs ? pending : undefined;
  };
  return {
    async keep(reply, begun, returnTo) {
      const pending: PendingSignIn = { ...begun, returnTo, endsAtMs: now() + pendingMs };
      const plain = new TextEncoder().encode(JSON.stringify(pending));
      const sealed = await new CompactEncrypt(plain).setProtectedHeader(pendingHeader).encrypt(key);
      reply.setCookie(name, sealed, { ...attributes, maxAge: pendingMs / 1000 });
    },
    async take({ server, headers }, reply, state) {
      const sealed = server.parseCookie(headers.cookie ?? '')[name];
      if (sealed === undefined) return undefined;
      const pending = await unseal(sealed);
      if (pending === undefined || !isSame(pending.state, state)) return undefined;
      reply.clearCookie(name, attributes);
      for (const [one, untilMs] of used) if (untilMs <= now()) used.delete(one);
      if (used.has(state)) return undefined;
      used.set(state, pending.endsAtMs);
      return pending;
    },
  };
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
