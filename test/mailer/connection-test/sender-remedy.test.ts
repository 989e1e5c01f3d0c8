import { test } from 'tap';
import type { FailureCode } from '@postausgang/contracts';
import { defaultConnection } from '@postausgang/settings';
import {
  type RemedyContext,
  senderRemedy,
} from '../../../services/mailer/src/connection-test/sender-remedy.ts';
import { serverContent } from '../server-content.ts';

const address = 'invoices@acme.example';
const connection = { ...defaultConnection, name: 'Exchange', email: 'erp@acme.example' };
const exchange: RemedyContext = {
  content: serverContent({ serverType: 'exchange' }),
  connection,
  address,
  mailbox: null,
  reply: null,
};

const remedy = (code: FailureCode, more: Partial<RemedyContext> = {}): string | null =>
  senderRemedy({ code }, { ...exchange, ...more });

test('the line that is missing names who needs the right, and holds no foreign command', (t) => {
  const online = (trustee: string): string =>
    `Add-RecipientPermission -Identity '${address}' -Trustee '${trustee}' -AccessRights SendAs -Confirm:$false`;
  t.equal(remedy('sender-refused'), online('erp@acme.example'));
  t.equal(remedy('sender-replaced', { mailbox: 'office@acme.example' }), online('office@acme.example'));
  t.equal(
    remedy('sender-refused', { mailbox: address }),
    online('erp@acme.example'),
    'it is its own mailbox',
  );
  t.equal(remedy('sender-refused', { address: 'erp@acme.example' }), null, 'nobody needs that right');
  t.equal(remedy('connection-refused'), null);
  t.equal(
    remedy('smtp-sign-in-disabled', { connection: { ...connection, protocol: 'smtp-oauth' } }),
    "Set-CASMailbox -Identity 'erp@acme.example' -SmtpClientAuthenticationDisabled $false",
  );
  t.equal(
    remedy('sender-refused', {
      connection: { ...connection, protocol: 'ews', authentication: 'ntlm', username: 'ACME\\erp' },
    }),
    `Add-ADPermission -Identity (Get-Recipient '${address}').DistinguishedName -User 'ACME\\erp' -ExtendedRights 'Send As'`,
  );
  t.match(
    remedy('sender-refused', {
      address: "o'neill@acme.example",
      connection: { ...connection, email: '’; x ‘' },
    }),
    "-Identity 'o''neill@acme.example' -Trustee '’’; x ‘‘'",
  );
  t.end();
});

test('an SMTP server gets a line only where it is Exchange', (t) => {
  const smtp = (hostname: string, reply: string | null): string | null => {
    const content = serverContent({});
    const named = { ...content, smtp: { ...content.smtp, hostname, username: 'erp@acme.example' } };
    return remedy('sender-refused', { content: named, connection: null, reply });
  };
  t.match(smtp('smtp.office365.com', null), /^Add-RecipientPermission/);
  t.match(
    smtp('mail.acme.example', '550 5.7.60 SMTP; Client does not have permissions'),
    /^Add-ADPermission/,
  );
  t.equal(smtp('mail.acme.example', '553 5.7.1 not owned by user erp'), null);
  t.end();
});
