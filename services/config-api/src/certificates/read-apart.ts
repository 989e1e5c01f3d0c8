/*
 * Reads certificate files apart from everything else, in a thread that ends when no more files come. To open an ordinary PKCS#12 file
 * takes seconds of computing, which nothing else may wait for. Files are read one after the other, each within a deadline and
 * with little memory: a file that is made to take both ends its thread and nothing more.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  type CreateKey,
  finding,
  type ImportCertificate,
  type IssuedCertificate,
} from '@postausgang/contracts';
import { ProblemError } from '@postausgang/http';
import type { CertificatePut } from '@postausgang/settings';
import type { ReadAnswer, ReadOrder, ReadTask } from './certificate-thread.ts';
import {
  type KnownKey,
  keyWithRequest as createKey,
  type RecipientCandidate,
  type RecipientUpload,
  UploadRefused,
} from './import-certificate.ts';

/** Longer than the rounds of any file take that is not refused for them. */
const deadlineMs = 60_000;
const memoryMebibytes = 256;
const idleMs = 30_000;

let last: Promise<unknown> = Promise.resolve();

/** Throws `certificate-invalid`. */
async function readApart(task: ReadTask, now: Date): Promise<ReadAnswer> {
  const answer = last.then(() => runThread(task, now));
  last = answer.catch(() => undefined);
  const read = await answer;
  if (read.kind === 'refused') throw new ProblemError('certificate-invalid', { findings: read.findings });
  return read;
}

async function runThread(task: ReadTask, now: Date): Promise<ReadAnswer> {
  const reader = thread ?? startThread();
  clearTimeout(idle);
  reader.ref();
  const tooMuch: ReadAnswer = { kind: 'refused', findings: [finding('/content', 'certificate-unreadable')] };
  const answered = once(reader, 'message', { signal: AbortSignal.timeout(deadlineMs) });
  reader.postMessage({ task, nowMs: now.getTime() } satisfies ReadOrder);
  try {
    const [answer] = await answered;
    reader.unref();
    idle = setTimeout(endThread, idleMs).unref();
    return answer;
  } catch {
    endThread();
    return tooMuch;
  }
}

let thread: Worker | undefined;
let idle: NodeJS.Timeout | undefined;

function startThread(): Worker {
  const started = new Worker(new URL('./certificate-thread.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: memoryMebibytes },
  });
  thread = started;
  // Whoever waits for an answer hears of it; between files there is nobody to tell.
  started.on('error', () => undefined);
  started.once('exit', () => {
    if (thread === started) thread = undefined;
  });
  return started;
}

function endThread(): void {
  void thread?.terminate();
  thread = undefined;
}

/** The certificate of an uploaded file; throws `certificate-invalid`. */
export async function certificateOfUpload(body: ImportCertificate, now: Date): Promise<CertificatePut> {
  return putOf(await readApart({ kind: 'certificate', body }, now));
}

/** The certificate that was issued for a key, the first one or a renewal; throws `certificate-invalid`. */
export async function issuedCertificate(
  body: IssuedCertificate,
  { name, publicKeySha256, signingRequest }: KnownKey,
  now: Date,
): Promise<CertificatePut> {
  const key = { name, publicKeySha256, signingRequest };
  return putOf(await readApart({ kind: 'issued', body, key }, now));
}

/** Every certificate of an uploaded file that belongs to somebody; throws `certificate-invalid`. */
export async function recipientsOfUpload(
  body: RecipientUpload,
  now: Date,
): Promise<readonly RecipientCandidate[]> {
  const answer = await readApart({ kind: 'recipients', body }, now);
  return answer.kind === 'recipients' ? answer.candidates : [];
}

function putOf(answer: ReadAnswer): CertificatePut {
  if (answer.kind !== 'certificate') throw new Error('the thread has answered something else');
  return answer.put;
}

/** A new key that waits for its certificate; throws `certificate-invalid`. OpenSSL makes it in a thread of its own. */
export async function keyWithRequest(request: CreateKey): Promise<CertificatePut> {
  try {
    return await createKey(request);
  } catch (error) {
    if (!(error instanceof UploadRefused)) throw error;
    throw new ProblemError('certificate-invalid', { findings: error.findings });
  }
}
