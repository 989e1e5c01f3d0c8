import { test } from 'tap';
import type { ExchangeConnectionContent, FailureCode } from '@postausgang/contracts';
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

const remedy = (code: FailureCode, more: Partial<RemedyContext> = {}, detail?: string): string | null =>
  senderRemedy({ code, ...(detail === undefined ? {} : { detail }) }, { ...exchange, ...more });

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

test('an app or an account that may not use the mailbox gets the one right that is missing there', (t) => {
  const clientId = '00000000-0000-0000-0000-000000000001';
  const graph = { ...connection, clientId };
  const denied = (
    more: Partial<ExchangeConnectionContent>,
    detail = '403 ErrorAccessDenied Access is denied.',
  ) => remedy('permission-missing', { connection: { ...graph, ...more }, mailbox: address }, detail);
  const application = (role: string): string =>
    `New-ManagementScope -Name 'Postausgang ${address}' -RecipientRestrictionFilter 'PrimarySmtpAddress -eq ''${address}'''; ` +
    `New-ManagementRoleAssignment -App '${clientId}' -Role '${role}' -CustomResourceScope 'Postausgang ${address}'`;
  t.equal(denied({}), application('Application Mail.Send'));
  t.equal(denied({ protocol: 'ews' }), application('Application EWS.AccessAsApp'));
  t.equal(
    denied({}, '403 ErrorAccessDenied [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.'),
    `Get-ApplicationAccessPolicy | Where-Object { $_.AppId -eq '${clientId}' -and $_.AccessRight -eq 'RestrictAccess' } | ` +
      `ForEach-Object { Add-DistributionGroupMember -Identity $_.ScopeIdentity -Member '${address}' }`,
  );
  const own = { protocol: 'ews', authentication: 'ntlm', username: 'ACME\\erp' } as const;
  t.equal(
    denied(own),
    `Add-MailboxPermission -Identity '${address}' -User 'ACME\\erp' -AccessRights FullAccess`,
  );
  t.equal(
    denied({ ...own, impersonation: true }),
    "New-ManagementRoleAssignment -Role ApplicationImpersonation -User 'ACME\\erp'",
  );
  t.equal(denied({ clientId: null }), null, 'nobody knows to whom');
  t.equal(remedy('permission-missing', { content: serverContent({}), connection: null }), null);
  const quoted = remedy('permission-missing', { connection: graph, mailbox: "o'x’@acme.example" });
  t.match(quoted, "'PrimarySmtpAddress -eq ''o''''x’’’’@acme.example'''", 'holds no foreign command');
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
