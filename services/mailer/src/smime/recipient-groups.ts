import addressparser from 'nodemailer/lib/addressparser';
import type { Decisions } from '@postausgang/contracts';
import { addressKey, requestedRecipients } from '@postausgang/mail';
import { type InlineMailRequested, readHeaderFields } from '@postausgang/message';

/** Recipients who get the same message. */
export interface RecipientGroup {
  /** A hidden recipient; null: all the others, who see each other. */
  readonly for: string | null;
  readonly recipients: readonly string[];
}

/**
 * Who may share an encrypted message: those of To and Cc. An encrypted message names the certificate of everybody it is
 * for, so each Bcc recipient, and the copy to the sender, has one alone.
 */
export function recipientGroups(
  request: InlineMailRequested,
  { copies }: Decisions,
): readonly RecipientGroup[] {
  const visible = new Set(visibleAddresses(request).map(addressKey));
  const all = [...requestedRecipients(request), ...copies.map(({ address }) => address)];
  const seen = all.filter((address) => visible.has(addressKey(address)));
  const hidden = all.filter((address) => !visible.has(addressKey(address)));
  return [
    ...(seen.length === 0 ? [] : [{ for: null, recipients: seen }]),
    ...hidden.map((address) => ({ for: address, recipients: [address] })),
  ];
}

function visibleAddresses(request: InlineMailRequested): readonly string[] {
  if (!('raw' in request)) {
    return [request.to ?? [], request.cc ?? []].flat().map(({ address }) => address);
  }
  const fields = readHeaderFields(Buffer.from(request.raw, 'base64')) ?? [];
  return fields
    .filter(({ name }) => name === 'to' || name === 'cc')
    .flatMap(({ value }) => addressparser(value, { flatten: true }))
    .map(({ address }) => address);
}
