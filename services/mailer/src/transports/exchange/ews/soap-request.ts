/** What a request says beside its operation. */
interface SoapFrame {
  /** The mailbox to act as; null: the account's own. */
  readonly impersonate: string | null;
}

interface CreateMessage extends SoapFrame {
  readonly message: Uint8Array;
  /** Recipients that the message does not name. */
  readonly bcc: readonly string[];
  readonly savesCopy: boolean;
}

/** The oldest version that is still maintained anywhere; every newer server takes it. */
const serverVersion = 'Exchange2013';

const namespaces =
  'xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" ' +
  'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" ' +
  'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"';

/** Sends a message as it is: its header fields and content count, `bcc` adds the recipients nobody may see. */
export function createItemRequest({ message, bcc, savesCopy, ...frame }: CreateMessage): string {
  const content = Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('base64');
  const mailboxes = bcc.map(
    (address) => `<t:Mailbox><t:EmailAddress>${escape(address)}</t:EmailAddress></t:Mailbox>`,
  );
  const hidden = bcc.length === 0 ? '' : `<t:BccRecipients>${mailboxes.join('')}</t:BccRecipients>`;
  const folder = savesCopy
    ? '<m:SavedItemFolderId><t:DistinguishedFolderId Id="sentitems"/></m:SavedItemFolderId>'
    : '';
  const disposition = savesCopy ? 'SendAndSaveCopy' : 'SendOnly';
  return envelope(
    frame,
    `<m:CreateItem MessageDisposition="${disposition}">${folder}<m:Items><t:Message>` +
      `<t:MimeContent CharacterSet="UTF-8">${content}</t:MimeContent>${hidden}` +
      '</t:Message></m:Items></m:CreateItem>',
  );
}

/** Asks for the inbox: whoever may not open the mailbox may not send through it. */
export function getFolderRequest(frame: SoapFrame): string {
  return envelope(
    frame,
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
      '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
  );
}

/** Looks for a message by its Message-ID among the sent ones. */
export function findSentRequest(messageId: string, frame: SoapFrame): string {
  return envelope(
    frame,
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
      '<m:IndexedPageItemView MaxEntriesReturned="1" Offset="0" BasePoint="Beginning"/>' +
      '<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="message:InternetMessageId"/>' +
      `<t:FieldURIOrConstant><t:Constant Value="${escape(messageId)}"/></t:FieldURIOrConstant></t:IsEqualTo>` +
      '</m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id="sentitems"/></m:ParentFolderIds></m:FindItem>',
  );
}

function envelope({ impersonate }: SoapFrame, body: string): string {
  const impersonation =
    impersonate === null
      ? ''
      : '<t:ExchangeImpersonation><t:ConnectingSID>' +
        `<t:PrimarySmtpAddress>${escape(impersonate)}</t:PrimarySmtpAddress>` +
        '</t:ConnectingSID></t:ExchangeImpersonation>';
  return (
    `<?xml version="1.0" encoding="utf-8"?><soap:Envelope ${namespaces}><soap:Header>` +
    `<t:RequestServerVersion Version="${serverVersion}"/>${impersonation}` +
    `</soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`
  );
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
