import { failure } from '@postausgang/contracts';
import { describeSmtp } from '../smtp/describe.ts';
import { openSmtpTransport } from '../smtp/smtp-transport.ts';
import { notBuilt, openWithin } from './open-within.ts';
import { openTlsRules } from './open-tls-rules.ts';
import { openPassword } from './open-password.ts';
import { certificatePrint } from './server-certificates.ts';
import type { TransportKind } from './transport-kind.ts';

/** Mail by SMTP. */
export const smtpKind: TransportKind = {
  fingerprint: ({ content, certificates }) => [
    describeSmtp(content),
    content.smtp.password?.sealed ?? null,
    certificatePrint(certificates, content.smtp.clientCertificateId, content.smtp.trustedCertificateId),
  ],
  async build({ opener, smtp }, { resource, content, certificates }) {
    const opened = await openPassword(opener, resource, content);
    if (!opened.ok) return notBuilt(failure(opened.code));
    const description = describeSmtp(content);
    if (description === null) return notBuilt(failure('settings-invalid'));
    const rules = await openTlsRules(opener, content.smtp, certificates ?? new Map());
    if (!rules.ok) return notBuilt(failure(rules.code, 'the certificate of the connection'));
    const tls = rules.value;
    return openWithin(openSmtpTransport({ ...smtp, description, password: opened.password, tls }));
  },
};
