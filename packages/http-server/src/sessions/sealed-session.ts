import { CompactEncrypt, compactDecrypt } from 'jose';

/** What a session cookie holds. The credential is looked up again on every request, so a revoked key ends its sessions. */
export interface SessionContent {
  readonly id: string;
  readonly credential: string;
  readonly startedAtMs: number;
  readonly renewedAtMs: number;
}

const header = { alg: 'dir', enc: 'A256GCM', typ: 'postausgang-session' } as const;

/** Encrypted and authenticated (JWE, direct, AES-256-GCM): whoever holds a cookie can neither read nor change it. */
export async function sealSession(key: Uint8Array, content: SessionContent): Promise<string> {
  const { id, credential, startedAtMs, renewedAtMs } = content;
  const bytes = new TextEncoder().encode(JSON.stringify([id, credential, startedAtMs, renewedAtMs]));
  return new CompactEncrypt(bytes).setProtectedHeader(header).encrypt(key);
}

/** Undefined when it was not sealed with this key. */
export async function unsealSession(key: Uint8Array, sealed: string): Promise<SessionContent | undefined> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: [header.alg],
      contentEncryptionAlgorithms: [header.enc],
    });
    return protectedHeader.typ === header.typ ? readContent(plaintext) : undefined;
  } catch {
    return undefined;
  }
}

function readContent(bytes: Uint8Array): SessionContent | undefined {
  const content: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!Array.isArray(content)) return undefined;
  const [id, credential, startedAtMs, renewedAtMs]: unknown[] = content;
  if (typeof id !== 'string' || typeof credential !== 'string') return undefined;
  if (typeof startedAtMs !== 'number' || typeof renewedAtMs !== 'number') return undefined;
  return { id, credential, startedAtMs, renewedAtMs };
}
