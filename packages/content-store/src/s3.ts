/** Content as objects of a bucket, in whatever speaks the S3 protocol. Old objects are for the bucket's lifecycle rule. */
import '@postausgang/net/server-identity';
import { AwsClient } from 'aws4fetch';
import {
  type ContentStore,
  ContentStoreError,
  createPending,
  requireHash,
  sha256Of,
  type StoredContent,
  tooLarge,
  verified,
} from './content-store.ts';

export interface S3StoreOptions {
  /**
   * The bucket, and what the names of the objects begin with: `https://minio.example:9000/postausgang/content/` or
   * `https://postausgang.s3.eu-central-1.amazonaws.com/`.
   */
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials only. */
  readonly sessionToken?: string;
  /** How long one request may take; default 30 s. */
  readonly timeoutMs?: number;
}

/** Tries again this often within the time of one request, when the server is busy or failed. */
const retries = 3;
const defaultTimeoutMs = 30_000;

/**
 * A store in a bucket. Nothing is asked of the server before the first use.
 *
 * It writes and reads objects, and needs the right to list the bucket as well: without it a server answers that an
 * object is forbidden where it should say that there is none, and the mail would wait until it expires.
 */
export function createS3Store(options: S3StoreOptions): ContentStore {
  const { url, timeoutMs = defaultTimeoutMs, ...credentials } = options;
  const client = new AwsClient({ ...credentials, service: 's3', retries });
  const pending = createPending();
  const base = url.endsWith('/') ? url : `${url}/`;
  const send: Send = (sha256, init) =>
    client.fetch(`${base}${sha256}`, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
  return {
    put: (bytes) => pending.run(() => put(send, bytes)),
    get: (sha256, maxBytes) => pending.run(() => get(send, sha256, maxBytes)),
    prune: () => pending.run(async () => 0),
    close: () => pending.close(),
  };
}

type Send = (sha256: string, init?: RequestInit) => Promise<Response>;

/** Always written, so that its age starts anew. The server compares the bytes with the hash that is signed. */
async function put(send: Send, bytes: Uint8Array): Promise<StoredContent> {
  const sha256 = sha256Of(bytes);
  const init = { method: 'PUT', body: bytes, headers: { 'x-amz-content-sha256': sha256 } };
  const response = await answer(send(sha256, init));
  if (!response.ok) {
    throw await refused(response);
  }
  await response.body?.cancel();
  return { sha256, sizeBytes: bytes.length };
}

async function get(send: Send, sha256: string, maxBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  requireHash(sha256);
  const response = await answer(send(sha256));
  if (!response.ok) {
    throw await refused(response, sha256);
  }
  const bytes = await answer(readAtMost(response, maxBytes));
  if (bytes === undefined) {
    throw tooLarge(sha256, maxBytes);
  }
  return verified(sha256, bytes);
}

/** The body, or undefined when it is larger; then the rest of it is not read. */
async function readAtMost({ body }: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
}

async function answer<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    const root = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const detail = root instanceof Error ? root.message : 'unknown';
    throw new ContentStoreError('content-unavailable', `The content store did not answer: ${detail}`, {
      cause,
    });
  }
}

/** Its body is XML with a code; `NoSuchKey` alone says that the bucket is there and the object is not. */
async function refused(response: Response, sha256?: string): Promise<ContentStoreError> {
  const text = await answer(response.text());
  const code = /<Code>([A-Za-z0-9]{1,60})<\/Code>/.exec(text.slice(0, 10_000))?.[1] ?? 'no code';
  return sha256 !== undefined && response.status === 404 && code === 'NoSuchKey'
    ? new ContentStoreError('content-missing', `The content store does not hold ${sha256}`)
    : new ContentStoreError('content-unavailable', `The content store answered ${response.status} ${code}`);
}
