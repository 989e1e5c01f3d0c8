/** The PowerShell line that grants the one right which a sender lacks. Pure. */
import type { Failure, ExchangeConnectionContent, OutgoingServerContent } from '@postausgang/contracts';

/** How mail would be sent. */
export interface RemedyContext {
  readonly content: OutgoingServerContent;
  readonly connection: ExchangeConnectionContent | null;
  /** The address of the sender. */
  readonly address: string;
  /** The mailbox of the sender, where Exchange sends through it; null: that of the connection. */
  readonly mailbox: string | null;
  readonly reply: string | null;
}

/** Null: nothing that Exchange could grant is missing, or nobody knows to whom. */
export function senderRemedy(
  { code, detail }: Pick<Failure, 'code' | 'detail'>,
  context: RemedyContext,
): string | null {
  if (code === 'permission-missing') return mailboxRemedy(context, detail ?? '');
  const account = accountOf(context);
  if (account === null) return null;
  const { name, isOnline } = account;
  if (code === 'smtp-sign-in-disabled' && isOnline) {
    return `Set-CASMailbox -Identity ${quoted(name)} -SmtpClientAuthenticationDisabled $false`;
  }
  // Nobody needs a right to send as itself.
  if ((code !== 'sender-refused' && code !== 'sender-replaced') || name === context.address) return null;
  const address = quoted(context.address);
  return isOnline
    ? `Add-RecipientPermission -Identity ${address} -Trustee ${quoted(name)} -AccessRights SendAs -Confirm:$false`
    : `Add-ADPermission -Identity (Get-Recipient ${address}).DistinguishedName -User ${quoted(name)} -ExtendedRights 'Send As'`;
}

/** What Exchange Online says where an application access policy leaves a mailbox out. */
const ofAccessPolicy = /AppOnly AccessPolicy|\[RAOP\]|ErrorApplicationAccessPolicy/i;

/** The roles of RBAC for Applications. */
const applicationRoles = { graph: 'Application Mail.Send', ews: 'Application EWS.AccessAsApp' } as const;

/** The app or the account may not send through the mailbox. */
function mailboxRemedy({ content, connection, address, mailbox }: RemedyContext, detail: string) {
  if (content.serverType !== 'exchange' || connection === null) return null;
  const { protocol, authentication, clientId, username, impersonation } = connection;
  const through = mailbox ?? address;
  if (protocol === 'smtp-oauth') return null;
  if (authentication !== 'oauth') {
    if (username === null) return null;
    return impersonation
      ? `New-ManagementRoleAssignment -Role ApplicationImpersonation -User ${quoted(username)}`
      : `Add-MailboxPermission -Identity ${quoted(through)} -User ${quoted(username)} -AccessRights FullAccess`;
  }
  if (clientId === null) return null;
  if (ofAccessPolicy.test(detail)) {
    return (
      `Get-ApplicationAccessPolicy | Where-Object { $_.AppId -eq ${quoted(clientId)} -and $_.AccessRight -eq 'RestrictAccess' } | ` +
      `ForEach-Object { Add-DistributionGroupMember -Identity $_.ScopeIdentity -Member ${quoted(through)} }`
    );
  }
  const scope = quoted(`Postausgang ${through}`);
  const filter = quoted(`PrimarySmtpAddress -eq ${quoted(through)}`);
  return (
    `New-ManagementScope -Name ${scope} -RecipientRestrictionFilter ${filter}; ` +
    `New-ManagementRoleAssignment -App ${quoted(clientId)} -Role '${applicationRoles[protocol]}' -CustomResourceScope ${scope}`
  );
}

interface Account {
  /** Who needs the right: a mailbox, or a user of the domain. */
  readonly name: string;
  readonly isOnline: boolean;
}

const onlineHost = /(^|\.)(office365|outlook)\.(com|us)\.?$|(^|\.)partner\.outlook\.cn\.?$/i;
/** What Exchange Server says of a sender that the account may not use. */
const ofExchange = /\b5\.7\.60\b|client does not have permissions to send as this sender/i;

function accountOf({ content, connection, address, mailbox, reply }: RemedyContext): Account | null {
  if (content.serverType === 'exchange')
    return connection === null ? null : ofConnection(connection, mailbox === address ? null : mailbox);
  const { hostname, username } = content.smtp;
  if (content.serverType !== 'smtp' || username === null) return null;
  if (onlineHost.test(hostname ?? '')) return { name: username, isOnline: true };
  return ofExchange.test(reply ?? '') ? { name: username, isOnline: false } : null;
}

function ofConnection(
  { authentication, email, username, protocol }: ExchangeConnectionContent,
  mailbox: string | null,
): Account | null {
  const isOnline = authentication === 'oauth';
  // SMTP signs in as the mailbox of the connection, whatever the mailbox of the sender.
  const online = protocol === 'smtp-oauth' ? email : (mailbox ?? email);
  const name = isOnline ? online : (username ?? email);
  return name === null ? null : { name, isOnline };
}

/** PowerShell takes typographic quotation marks for straight ones, and a doubled one for itself. */
function quoted(value: string): string {
  return `'${value.replaceAll(/['‘’‚‛]/g, '$&$&')}'`;
}
