import { failure } from '@postausgang/contracts';
import { describeSmtp } from '../smtp/describe.ts';
import { openSmtpTransport } from '../smtp/smtp-transport.ts';
import { notBuilt, openWithin } from './open-within.ts';
import { openPassword } from './open-password.ts';
import type { TransportKind } from './transport-kind.ts';

/** Mail by SMTP. */
export const smtpKind: TransportKind = {
  fingerprint: ({ content }) => [describeSmtp(content), content.smtp.password?.sealed ?? null],
  async build({ opener, smtp }, { resource, content }) {
    const opened = await openPassword(opener, resource, content);
    if (!opened.ok) return notBuilt(failure(opened.code));
    const description = describeSmtp(content);
    if (description === null) return notBuilt(failure('settings-invalid'));
    return openWithin(openSmtpTransport({ ...smtp, description, password: opened.password }));
  },
};
