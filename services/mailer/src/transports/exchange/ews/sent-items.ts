/** Requests for sent messages by EWS, and what their answers hold. */
import {
  asNode,
  child,
  envelope,
  escape,
  firstNode,
  type Node,
  type SoapFrame,
  successOf,
  textOf,
} from './soap.ts';

export interface FoundItem {
  readonly id: string;
  readonly messageId: string;
  readonly subject: string;
}

interface FoundItems {
  readonly items: readonly FoundItem[];
  /** In the folder, whatever the page holds. */
  readonly total: number;
  readonly isLast: boolean;
}

const sentItems =
  '<m:ParentFolderIds><t:DistinguishedFolderId Id="sentitems"/></m:ParentFolderIds></m:FindItem>';

const comparison = (operator: string, field: string, value: string): string =>
  `<t:${operator}><t:FieldURI FieldURI="${field}"/>` +
  `<t:FieldURIOrConstant><t:Constant Value="${escape(value)}"/></t:FieldURIOrConstant></t:${operator}>`;

const page = (limit: number, offset: number): string =>
  `<m:IndexedPageItemView MaxEntriesReturned="${limit}" Offset="${offset}" BasePoint="Beginning"/>`;

/** Looks for a message by its Message-ID among the sent ones. */
export function findSentByIdRequest(messageId: string, frame: SoapFrame): string {
  return envelope(
    frame,
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
      `${page(1, 0)}<m:Restriction>${comparison('IsEqualTo', 'message:InternetMessageId', messageId)}</m:Restriction>` +
      sentItems,
  );
}

interface Within {
  readonly from: Date;
  readonly to: Date;
  readonly offset: number;
  readonly limit: number;
}

/**
 * A page of what was sent within a time. Subjects are compared here: the server may keep another form of one, and a
 * restriction would hide that.
 */
export function findSentWithinRequest({ from, to, offset, limit }: Within, frame: SoapFrame): string {
  const fields = ['item:Subject', 'message:InternetMessageId'].map(
    (uri) => `<t:FieldURI FieldURI="${uri}"/>`,
  );
  return envelope(
    frame,
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>' +
      `<t:AdditionalProperties>${fields.join('')}</t:AdditionalProperties></m:ItemShape>${page(limit, offset)}` +
      '<m:Restriction><t:And>' +
      comparison('IsGreaterThanOrEqualTo', 'item:DateTimeSent', from.toISOString()) +
      comparison('IsLessThanOrEqualTo', 'item:DateTimeSent', to.toISOString()) +
      `</t:And></m:Restriction>${sentItems}`,
  );
}

/** The recipients of one message; a search gives none. */
export function getRecipientsRequest(id: string, frame: SoapFrame): string {
  const fields = ['To', 'Cc', 'Bcc'].map((kind) => `<t:FieldURI FieldURI="message:${kind}Recipients"/>`);
  return envelope(
    frame,
    '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>' +
      `<t:AdditionalProperties>${fields.join('')}</t:AdditionalProperties></m:ItemShape>` +
      `<m:ItemIds><t:ItemId Id="${escape(id)}"/></m:ItemIds></m:GetItem>`,
  );
}

/** The answer to a search; null when it is none. */
export function readFoundItems(body: Buffer): FoundItems | null {
  const folder = child(successOf(body), 'RootFolder');
  const total = Number(folder?.['@TotalItemsInView'] ?? NaN);
  if (!Number.isFinite(total)) return null;
  const items = Object.values(child(folder, 'Items') ?? {})
    .flat()
    .map(asNode)
    .filter((item) => item !== undefined)
    .map((item) => ({
      id: textOf(child(item, 'ItemId'), '@Id'),
      messageId: textOf(item, 'InternetMessageId'),
      subject: textOf(item, 'Subject'),
    }));
  return { items, total, isLast: folder?.['@IncludesLastItemInRange'] === 'true' };
}

/** The addresses of a message; null where one is of another kind (X.500). The whole is null when there is no message. */
export function readRecipients(body: Buffer): { readonly addresses: readonly string[] | null } | null {
  const items = child(successOf(body), 'Items');
  const message = firstNode(Object.values(items ?? {})[0]);
  if (message === undefined) return null;
  const mailboxes = ['ToRecipients', 'CcRecipients', 'BccRecipients'].flatMap((kind) =>
    [child(message, kind)?.['Mailbox']].flat().map(asNode),
  );
  const addresses = mailboxes.filter((one): one is Node => one !== undefined).map(addressOf);
  return { addresses: addresses.every((one) => one !== null) ? addresses : null };
}

function addressOf(mailbox: Node): string | null {
  const address = textOf(mailbox, 'EmailAddress');
  return textOf(mailbox, 'RoutingType') === 'EX' || !address.includes('@') ? null : address;
}
