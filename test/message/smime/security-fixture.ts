import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type ContentStore, openDirectoryStore } from '@postausgang/content-store';
import type { CertificateContent, OutgoingServerContent } from '@postausgang/contracts';
import { createOpener, createSealer, createSecret, openKeyRing } from '@postausgang/credentials';
import { certificatePem } from '@postausgang/credentials/certificates';
import {
  createSettingsState,
  defaultContent,
  privateKeyBinding,
  type SettingsState,
} from '@postausgang/settings';
import { createMailSecurity } from '../../../packages/message/src/smime/mail-security.ts';
import { certificatePut } from '../../../services/config-api/src/certificates/certificates.ts';
import type { MailAuthority, MailCertificate } from './mail-authority.ts';

export interface SecurityBench {
  settings: SettingsState;
  security: ReturnType<typeof createMailSecurity>;
  /** Settings that sign and encrypt with the own certificate. */
  content: (smime: Partial<OutgoingServerContent['smime']>) => OutgoingServerContent;
  addRecipient: (one: MailCertificate) => string;
}

/** S/MIME as a mailer does it, over a settings state, a key ring and a content store that are real. */
export async function openSecurity(
  t: Test,
  authority: MailAuthority,
  sender: MailCertificate,
  options: { now?: () => Date; store?: Pick<ContentStore, 'put' | 'get'> } = {},
): Promise<SecurityBench> {
  const directory = t.testdir();
  const keyRing = await openKeyRing(join(directory, 'keys'));
  const { now = () => new Date() } = options;
  const onDisk = await openDirectoryStore(join(directory, 'content'));
  t.teardown(() => onDisk.close());
  const settings = createSettingsState();
  const add = (id: string, content: CertificateContent): string => {
    const resource = `certificates/${id}`;
    settings.certificates.set(resource, { resource, version: 1, content, latestChange: null });
    return id;
  };
  const own = certificatePut(
    { certificate: sender.certificate, chain: [authority.ca] },
    { name: 'own', kind: 'own' },
  );
  const binding = privateKeyBinding('certificates/own', own.publicKeySha256 ?? '');
  const sealed = await createSealer(keyRing.publicKeys).seal(createSecret(sender.key), binding);
  add('own', { ...own, privateKey: { setAt: now().toISOString(), sealed } });
  const contentStore = options.store ?? onDisk;
  return {
    settings,
    security: createMailSecurity({
      settings: () => settings,
      opener: createOpener(keyRing),
      contentStore,
      now,
    }),
    content: (smime) => ({
      ...defaultContent,
      enabled: true,
      senderAddress: { address: 'erp@acme.example' },
      smime: { ...defaultContent.smime, certificateId: 'own', ...smime },
    }),
    addRecipient: ({ certificate }) => {
      const put = certificatePut({ certificate, chain: [] }, { name: 'x', kind: 'recipient' });
      const hash = createHash('sha256').update(certificatePem(certificate.raw)).digest('hex');
      return add(`recipient-${hash}`, { ...put, privateKey: null });
    },
  };
}

/** Syncing thousands of files would be most of a test that makes so many. */
export function storeInMemory(): Pick<ContentStore, 'put' | 'get'> {
  const kept = new Map<string, Uint8Array>();
  return {
    async put(bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      kept.set(sha256, bytes);
      return { sha256, sizeBytes: bytes.length };
    },
    get: async (sha256) => kept.get(sha256) ?? Buffer.alloc(0),
  };
}
