import type { MailStatus } from '../../api/operations.ts';
import { mailTexts } from './texts.ts';

type Smime = NonNullable<NonNullable<MailStatus['decisions']>['smime']>;

/** Whether a mail was signed and encrypted, for whom, and for whom there was no certificate. */
export function smimeText(smime: Smime | undefined): string {
  const t = mailTexts();
  if (smime === undefined) return t.noSmime;
  const { signedWith, messages, withoutCertificate } = smime;
  const encrypted = messages.filter((message) => message.encrypted);
  const everyone = encrypted.length === messages.length;
  return [
    signedWith === null ? t.notSigned : t.signed,
    encrypted.length === 0 ? t.notEncrypted : everyone ? t.encrypted : t.encryptedForSome,
    ...(withoutCertificate.length === 0 ? [] : [t.withoutCertificate(withoutCertificate.join(', '))]),
  ].join(' · ');
}
