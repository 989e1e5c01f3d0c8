/*
 * The thread that reads certificate files: one answer for each file. See `read-apart.ts`, which starts it.
 */
import { parentPort } from 'node:worker_threads';
import type { Finding, ImportCertificate, IssuedCertificate } from '@postausgang/contracts';
import type { CertificatePut } from '@postausgang/settings';
import {
  certificateOfUpload,
  issuedCertificate,
  type KnownKey,
  type RecipientCandidate,
  recipientsOfUpload,
  type RecipientUpload,
  UploadRefused,
} from './import-certificate.ts';

/** What is to be read. */
export type ReadTask =
  | { readonly kind: 'certificate'; readonly body: ImportCertificate }
  | { readonly kind: 'issued'; readonly body: IssuedCertificate; readonly key: KnownKey }
  | { readonly kind: 'recipients'; readonly body: RecipientUpload };

export type ReadAnswer =
  | { readonly kind: 'certificate'; readonly put: CertificatePut }
  | { readonly kind: 'recipients'; readonly candidates: readonly RecipientCandidate[] }
  | { readonly kind: 'refused'; readonly findings: readonly Finding[] };

function read(task: ReadTask, now: Date): ReadAnswer {
  switch (task.kind) {
    case 'certificate':
      return { kind: 'certificate', put: certificateOfUpload(task.body, now) };
    case 'issued':
      return { kind: 'certificate', put: issuedCertificate(task.body, task.key, now) };
    case 'recipients':
      return { kind: 'recipients', candidates: recipientsOfUpload(task.body, now) };
  }
}

/** A file to be read, and the time that its certificates have to be valid at. */
export interface ReadOrder {
  readonly task: ReadTask;
  readonly nowMs: number;
}

parentPort?.on('message', ({ task, nowMs }: ReadOrder) => {
  try {
    parentPort?.postMessage(read(task, new Date(nowMs)));
  } catch (error) {
    // Anything else ends the thread, and is answered by whoever has started it.
    if (!(error instanceof UploadRefused)) throw error;
    parentPort?.postMessage({ kind: 'refused', findings: error.findings } satisfies ReadAnswer);
  }
});
